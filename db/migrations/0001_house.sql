-- Every business table is led by the tenant's integer key, so that no query can
-- forget whose data it reads. Days are TEXT as YYYY-MM-DD and months as YYYY-MM,
-- which compare as they should; time stamps are INTEGER milliseconds since 1970 UTC;
-- amounts are INTEGER minor units of the tenant's currency.

-- One row that says what kind of database this is.
CREATE TABLE origin (
  only      INTEGER PRIMARY KEY CHECK (only = 1),
  rehearsal INTEGER NOT NULL CHECK (rehearsal IN (0, 1)), -- its business day may be frozen
  demo      INTEGER NOT NULL CHECK (demo IN (0, 1))       -- holds made-up data only
) STRICT;

CREATE TABLE tenants (
  key            INTEGER PRIMARY KEY,
  id             TEXT    NOT NULL UNIQUE,
  name           TEXT    NOT NULL CHECK (name <> ''),
  currency       TEXT    NOT NULL CHECK (length(currency) = 3),
  timezone       TEXT    NOT NULL CHECK (timezone <> ''),
  vat_mode       TEXT    NOT NULL CHECK (vat_mode IN ('none', 'exclusive', 'inclusive')),
  vat_rate       INTEGER NOT NULL CHECK (vat_rate BETWEEN 0 AND 10000), -- hundredths of a percent
  payment_terms  INTEGER NOT NULL CHECK (payment_terms IN (0, 7, 14, 30)),
  invoice_prefix TEXT    NOT NULL CHECK (invoice_prefix <> ''),
  cut_over       TEXT    CHECK (cut_over GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'), -- NULL until the first import
  created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
  key           INTEGER PRIMARY KEY,
  id            TEXT    NOT NULL UNIQUE,
  email         TEXT    NOT NULL CHECK (email = lower(email) AND email <> ''),
  name          TEXT    NOT NULL CHECK (name <> ''),
  password_hash TEXT    NOT NULL CHECK (password_hash <> ''),
  created_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_email ON users (email);

CREATE TABLE memberships (
  tenant INTEGER NOT NULL REFERENCES tenants (key),
  user   INTEGER NOT NULL REFERENCES users (key),
  role   TEXT    NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  PRIMARY KEY (tenant, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_user ON memberships (user, tenant);

-- The one-time link that makes the first owner. Only the token's hash is kept.
CREATE TABLE setup_links (
  only       INTEGER PRIMARY KEY CHECK (only = 1),
  token_hash BLOB    NOT NULL CHECK (length(token_hash) = 32),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  token_hash   BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
  user         INTEGER NOT NULL REFERENCES users (key),
  tenant       INTEGER NOT NULL REFERENCES tenants (key),
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user);
CREATE INDEX sessions_created ON sessions (created_at);

CREATE TABLE api_keys (
  key          INTEGER PRIMARY KEY,
  tenant       INTEGER NOT NULL REFERENCES tenants (key),
  id           TEXT    NOT NULL UNIQUE,
  name         TEXT    NOT NULL CHECK (name <> ''),
  shown        TEXT    NOT NULL, -- the first characters, to tell keys apart
  hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
  read_only    INTEGER NOT NULL CHECK (read_only IN (0, 1)),
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at   INTEGER
) STRICT;
CREATE INDEX api_keys_tenant ON api_keys (tenant, key);

CREATE TABLE customers (
  key           INTEGER PRIMARY KEY,
  tenant        INTEGER NOT NULL REFERENCES tenants (key),
  id            TEXT    NOT NULL CHECK (id <> ''),
  type          TEXT    NOT NULL CHECK (type IN ('business', 'individual')),
  status        TEXT    NOT NULL CHECK (status IN ('active', 'inactive')),
  company       TEXT    NOT NULL,
  first_name    TEXT    NOT NULL,
  last_name     TEXT    NOT NULL,
  email         TEXT    NOT NULL,
  phone         TEXT    NOT NULL,
  street        TEXT    NOT NULL,
  postal_code   TEXT    NOT NULL,
  city          TEXT    NOT NULL,
  country       TEXT    NOT NULL,
  vat_id        TEXT    NOT NULL,
  vat_treatment TEXT    NOT NULL CHECK (vat_treatment IN ('standard', 'reverse charge', 'exempt')),
  payment_terms INTEGER CHECK (payment_terms BETWEEN 0 AND 365),
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  UNIQUE (tenant, id),
  UNIQUE (tenant, key) -- lets other tables refer to a customer of the same tenant only
) STRICT;

-- The folded words a customer is found by.
CREATE TABLE customer_words (
  tenant   INTEGER NOT NULL,
  word     TEXT    NOT NULL,
  customer INTEGER NOT NULL,
  PRIMARY KEY (tenant, word, customer),
  FOREIGN KEY (tenant, customer) REFERENCES customers (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_words_customer ON customer_words (tenant, customer);

CREATE TABLE groups (
  key        INTEGER PRIMARY KEY,
  tenant     INTEGER NOT NULL REFERENCES tenants (key),
  id         TEXT    NOT NULL,
  customer   INTEGER NOT NULL,
  name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  status     TEXT    NOT NULL CHECK (status IN ('active', 'inactive')),
  reference  TEXT    NOT NULL CHECK (length(reference) <= 60),
  notes      TEXT    NOT NULL CHECK (length(notes) <= 2000),
  created_by TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version    INTEGER NOT NULL CHECK (version >= 1),
  UNIQUE (tenant, id),
  UNIQUE (tenant, customer, key), -- what a member refers to
  FOREIGN KEY (tenant, customer) REFERENCES customers (tenant, key)
) STRICT;
CREATE UNIQUE INDEX groups_newest ON groups (tenant, key); -- also what a group's days refer to
CREATE INDEX groups_status ON groups (tenant, status, key);

-- A group's billing day from a period on.
CREATE TABLE group_days (
  tenant      INTEGER NOT NULL,
  grp         INTEGER NOT NULL,
  from_period TEXT    NOT NULL CHECK (from_period GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
  day         INTEGER NOT NULL CHECK (day BETWEEN 1 AND 28),
  PRIMARY KEY (tenant, grp, from_period),
  FOREIGN KEY (tenant, grp) REFERENCES groups (tenant, key)
) STRICT, WITHOUT ROWID;

-- A subscription names the one group it is in, so it can't be in two; the foreign
-- key takes the customer along, so it can't be in another customer's.
CREATE TABLE subscriptions (
  key          INTEGER PRIMARY KEY,
  tenant       INTEGER NOT NULL REFERENCES tenants (key),
  id           TEXT    NOT NULL CHECK (id <> ''),
  customer     INTEGER NOT NULL,
  order_id     TEXT    NOT NULL,
  product      TEXT    NOT NULL,
  sku          TEXT    NOT NULL,
  serial       TEXT    NOT NULL,
  amount       INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 1000000000000), -- a month
  start        TEXT    NOT NULL CHECK (start GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  length       INTEGER NOT NULL CHECK (length BETWEEN 1 AND 120), -- months
  contract_end TEXT    NOT NULL CHECK (contract_end GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'), -- start + length, for sums in SQL
  status       TEXT    NOT NULL CHECK (status IN ('active', 'cancelled', 'ended_completed', 'ended_buyout', 'ended_upgrade', 'ended_early_return')),
  ended_on     TEXT    CHECK (ended_on >= start),
  owed_from    TEXT    NOT NULL CHECK (owed_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
  grp          INTEGER,
  grouped_from TEXT    CHECK (grouped_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  UNIQUE (tenant, id),
  CHECK ((status = 'active') = (ended_on IS NULL)),
  CHECK ((grp IS NULL) = (grouped_from IS NULL)),
  FOREIGN KEY (tenant, customer) REFERENCES customers (tenant, key),
  FOREIGN KEY (tenant, customer, grp) REFERENCES groups (tenant, customer, key)
) STRICT;
CREATE INDEX subscriptions_customer ON subscriptions (tenant, customer, key, status, contract_end, amount);
CREATE INDEX subscriptions_group ON subscriptions (tenant, grp, key, status, contract_end, amount) WHERE grp IS NOT NULL;

-- One POST of a form makes one group, however often it is sent. The token is the
-- hash of what the form carried.
CREATE TABLE form_tokens (
  tenant     INTEGER NOT NULL REFERENCES tenants (key),
  token      TEXT    NOT NULL CHECK (length(token) = 64),
  grp        INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, grp) REFERENCES groups (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX form_tokens_created ON form_tokens (created_at);

-- Files that were uploaded and checked, until they are taken in or a day has passed.
CREATE TABLE uploads (
  key        INTEGER PRIMARY KEY,
  tenant     INTEGER NOT NULL REFERENCES tenants (key),
  id         TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  content    BLOB    NOT NULL,
  created_by TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (tenant, id)
) STRICT;
CREATE INDEX uploads_created ON uploads (created_at);

-- Who changed what. Entries are only ever added.
CREATE TABLE activity (
  key          INTEGER PRIMARY KEY,
  tenant       INTEGER NOT NULL REFERENCES tenants (key),
  at           INTEGER NOT NULL,
  actor_kind   TEXT    NOT NULL CHECK (actor_kind IN ('user', 'key', 'system')),
  actor_id     TEXT    NOT NULL,
  actor_name   TEXT    NOT NULL,
  action       TEXT    NOT NULL CHECK (action <> ''), -- 'group.created'
  subject_kind TEXT    NOT NULL,
  subject_id   TEXT    NOT NULL,
  before       TEXT    CHECK (json_valid(before)),
  after        TEXT    CHECK (json_valid(after))
) STRICT;
CREATE INDEX activity_newest ON activity (tenant, key);
CREATE INDEX activity_subject ON activity (tenant, subject_kind, subject_id, key);
CREATE TRIGGER activity_no_update BEFORE UPDATE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END;
CREATE TRIGGER activity_no_delete BEFORE DELETE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END;
