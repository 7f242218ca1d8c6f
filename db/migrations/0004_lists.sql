-- What the lists filter, sort and search by. An index carries the columns that a
-- filter leaves out rows by and those that totals add up, so that neither needs the rows.

-- The billing day last set, of those that group_days has.
ALTER TABLE groups ADD COLUMN billing_day INTEGER NOT NULL DEFAULT 1 CHECK (billing_day BETWEEN 1 AND 28);
-- What a group and a customer are sorted and found by: their folded words, the name first.
ALTER TABLE groups ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN words TEXT NOT NULL DEFAULT '';

-- A serial number read from its end: people read out the last characters.
ALTER TABLE subscriptions ADD COLUMN serial_backwards TEXT NOT NULL DEFAULT '';

UPDATE groups SET
  billing_day = (SELECT d.day FROM group_days d WHERE d.tenant = groups.tenant AND d.grp = groups.key ORDER BY d.from_period DESC LIMIT 1),
  words = name || ' ' || id || ' ' || reference; -- not folded yet
UPDATE customers SET words = company || ' ' || first_name || ' ' || last_name || ' ' || email || ' ' || id;

DROP INDEX groups_status;
CREATE INDEX groups_listed ON groups (tenant, key, status, billing_day, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX groups_words ON groups (tenant, words, key, status, billing_day, deleted_at) WHERE deleted_at IS NULL;

CREATE INDEX customers_listed ON customers (tenant, key, type, status);
CREATE INDEX customers_words ON customers (tenant, words, key, type, status);
CREATE INDEX customers_email ON customers (tenant, email COLLATE NOCASE, key);

DROP INDEX subscriptions_customer;
CREATE INDEX subscriptions_customer ON subscriptions (tenant, customer, key, status, contract_end, amount, grp);
CREATE INDEX subscriptions_listed ON subscriptions (tenant, key, status, contract_end, amount, grp);
CREATE INDEX subscriptions_alone ON subscriptions (tenant, key, status, contract_end, amount, grp) WHERE grp IS NULL;
CREATE INDEX subscriptions_status ON subscriptions (tenant, status, key, contract_end, amount, grp);
CREATE INDEX subscriptions_end ON subscriptions (tenant, contract_end, key, status, amount, grp);
CREATE INDEX subscriptions_serial ON subscriptions (tenant, serial COLLATE NOCASE, key, status, contract_end, amount, grp);
CREATE INDEX subscriptions_product ON subscriptions (tenant, product, key, status, contract_end, grp);
CREATE INDEX subscriptions_order ON subscriptions (tenant, order_id, key) WHERE order_id <> '';
CREATE INDEX subscriptions_serial_backwards ON subscriptions (tenant, serial_backwards COLLATE NOCASE);
-- People type what tells things apart, and leave out the "PF-" or "sub_" before it.
CREATE INDEX subscriptions_serial_rest ON subscriptions (tenant, substr(serial, instr(serial, '-') + 1) COLLATE NOCASE) WHERE instr(serial, '-') > 0;
CREATE INDEX subscriptions_id_rest ON subscriptions (tenant, substr(id, instr(id, '_') + 1) COLLATE NOCASE) WHERE instr(id, '_') > 0;
