-- People of a business unit: since when they work in it, when they were last seen in it,
-- and who is invited. Until now nobody was ever added to a second business unit, so a
-- membership is as old as its user.
ALTER TABLE memberships ADD COLUMN joined_at INTEGER NOT NULL DEFAULT 0;
UPDATE memberships SET joined_at = (SELECT u.created_at FROM users u WHERE u.key = memberships.user);
-- Also tells which business unit a user opened last. NULL until the first time.
ALTER TABLE memberships ADD COLUMN seen_at INTEGER;

-- Invites that are open: one that is used, withdrawn or replaced is deleted.
CREATE TABLE invites (
  key        INTEGER PRIMARY KEY,
  tenant     INTEGER NOT NULL REFERENCES tenants (key),
  id         TEXT    NOT NULL,
  email      TEXT    NOT NULL CHECK (email = lower(email) AND email <> ''),
  role       TEXT    NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  token_hash BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- of the one-time link
  invited_by TEXT    NOT NULL, -- the name of who did
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  UNIQUE (tenant, id),
  UNIQUE (tenant, email) -- the newest link is the only one
) STRICT;
CREATE INDEX invites_expires ON invites (expires_at);

-- A business unit keeps an owner. What the triggers raise is their common name, by which
-- the refusal is known. REPLACE deletes without a trigger for it, so it has one of its own.
CREATE TRIGGER memberships_last_owner_leaves BEFORE DELETE ON memberships
WHEN old.role = 'owner' AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.tenant = old.tenant AND m.role = 'owner' AND m.user <> old.user)
BEGIN SELECT RAISE(ABORT, 'memberships_last_owner'); END;
CREATE TRIGGER memberships_last_owner_changes BEFORE UPDATE OF tenant, user, role ON memberships
WHEN old.role = 'owner' AND (new.role <> 'owner' OR new.tenant <> old.tenant)
  AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.tenant = old.tenant AND m.role = 'owner' AND m.user <> old.user)
BEGIN SELECT RAISE(ABORT, 'memberships_last_owner'); END;
CREATE TRIGGER memberships_last_owner_replaced BEFORE INSERT ON memberships
WHEN new.role <> 'owner' AND EXISTS (SELECT 1 FROM memberships m WHERE m.tenant = new.tenant AND m.user = new.user AND m.role = 'owner')
  AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.tenant = new.tenant AND m.role = 'owner' AND m.user <> new.user)
BEGIN SELECT RAISE(ABORT, 'memberships_last_owner'); END;
