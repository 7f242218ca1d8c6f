-- Who took a customer or a subscription in: the id of a user or an API key, or
-- 'import' where nobody had one.
ALTER TABLE customers ADD COLUMN created_by TEXT NOT NULL DEFAULT 'import' CHECK (created_by <> '');
ALTER TABLE subscriptions ADD COLUMN created_by TEXT NOT NULL DEFAULT 'import' CHECK (created_by <> '');
-- The contract's length as it was first known, once it has changed; NULL until then.
ALTER TABLE subscriptions ADD COLUMN original_length INTEGER CHECK (original_length BETWEEN 1 AND 120);
