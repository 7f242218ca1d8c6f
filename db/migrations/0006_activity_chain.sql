-- Each entry carries a hash over itself and over the hash of the tenant's entry before
-- it, so that nothing can be changed unseen. Older entries get theirs in the step that
-- follows this file: see chainActivity.
ALTER TABLE activity ADD COLUMN hash BLOB CHECK (length(hash) = 32);

-- One entry of each action, or of each action of one person, is found at once, and its
-- newest ones without looking at any other: see ActivityPage.
CREATE INDEX activity_action ON activity (tenant, action, key);
CREATE INDEX activity_actor ON activity (tenant, actor_id, action, key);
