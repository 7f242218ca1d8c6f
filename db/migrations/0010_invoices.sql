-- What is issued: invoices with their lines, credit notes, the series their numbers come
-- from, and the runs that issue them. Until now nothing was billed: the tables of 0005
-- are empty, and are made anew.
DROP TABLE invoice_lines;
DROP TABLE invoices;

-- Who sends the invoices, and how the business unit bills.
ALTER TABLE tenants ADD COLUMN seller TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(seller)); -- billing.Seller
ALTER TABLE tenants ADD COLUMN address_required INTEGER NOT NULL DEFAULT 0 CHECK (address_required IN (0, 1));
ALTER TABLE tenants ADD COLUMN automatic INTEGER NOT NULL DEFAULT 0 CHECK (automatic IN (0, 1)); -- bills by itself
ALTER TABLE tenants ADD COLUMN last_issued TEXT CHECK (last_issued GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'); -- its day never goes back behind it
ALTER TABLE tenants ADD COLUMN version INTEGER NOT NULL DEFAULT 1; -- of its settings

-- Every owed instalment of a period before it is billed. NULL while that says nothing.
-- Planning reads the lines from there on only.
ALTER TABLE subscriptions ADD COLUMN billed_to TEXT CHECK (billed_to > owed_from);
-- The next billing date that was told when it was taken in: owed_from follows from it,
-- the start and the cut-over day.
ALTER TABLE subscriptions ADD COLUMN told_next TEXT CHECK (told_next GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]');
-- Where one was told before this was kept, it shows in what is owed from when.
UPDATE subscriptions SET told_next = owed_from || '-01' WHERE owed_from > (
  SELECT CASE
    WHEN t.cut_over IS NULL OR t.cut_over <= subscriptions.start THEN substr(subscriptions.start, 1, 7)
    WHEN substr(subscriptions.start, 9) < substr(t.cut_over, 9) THEN strftime('%Y-%m', t.cut_over, 'start of month', '+1 month')
    ELSE substr(t.cut_over, 1, 7)
  END FROM tenants t WHERE t.key = subscriptions.tenant);

-- A buyer or seller as it stands on invoices. A change makes a new row.
CREATE TABLE parties (
  key      INTEGER PRIMARY KEY,
  tenant   INTEGER NOT NULL REFERENCES tenants (key),
  customer INTEGER, -- NULL: the seller
  details  TEXT    NOT NULL CHECK (json_valid(details)), -- billing.Buyer or billing.Seller
  FOREIGN KEY (tenant, customer) REFERENCES customers (tenant, key)
) STRICT;
CREATE INDEX parties_newest ON parties (tenant, customer, key);

-- The last number taken. It rises in the transaction that issues, so that none is
-- left out.
CREATE TABLE number_series (
  tenant INTEGER NOT NULL REFERENCES tenants (key),
  kind   TEXT    NOT NULL CHECK (kind IN ('invoice', 'credit note')),
  year   INTEGER NOT NULL,
  last   INTEGER NOT NULL CHECK (last BETWEEN 1 AND 999999999),
  PRIMARY KEY (tenant, kind, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE billing_runs (
  key         INTEGER PRIMARY KEY,
  tenant      INTEGER NOT NULL REFERENCES tenants (key),
  id          TEXT    NOT NULL,
  actor_kind  TEXT    NOT NULL,
  actor_name  TEXT    NOT NULL,
  due_by      TEXT    NOT NULL, -- bills what fell due by this day
  issued_on   TEXT    NOT NULL,
  due         INTEGER NOT NULL, -- invoices found due
  done        INTEGER NOT NULL, -- of these, those that were looked at
  invoices    INTEGER NOT NULL, -- issued
  lines       INTEGER NOT NULL,
  total       INTEGER NOT NULL,
  set_aside   INTEGER NOT NULL,
  first       TEXT    NOT NULL, -- numbers; '' while none is issued
  last        TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  problem     TEXT    NOT NULL, -- why it failed
  started_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  UNIQUE (tenant, id)
) STRICT;
CREATE INDEX billing_runs_newest ON billing_runs (tenant, key);

CREATE TABLE invoices (
  key          INTEGER PRIMARY KEY,
  tenant       INTEGER NOT NULL REFERENCES tenants (key),
  id           TEXT    NOT NULL CHECK (id <> ''),
  number       TEXT    NOT NULL CHECK (number <> ''),
  year         INTEGER NOT NULL,
  sequence     INTEGER NOT NULL CHECK (sequence >= 1),
  customer     INTEGER NOT NULL,
  grp          INTEGER, -- of a consolidated invoice
  subscription INTEGER REFERENCES subscriptions (key), -- of an individual one
  period       TEXT    NOT NULL CHECK (period GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
  turn         INTEGER NOT NULL CHECK (turn >= 1), -- 2 where the same was billed again
  issued_on    TEXT    NOT NULL CHECK (issued_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  due_on       TEXT    NOT NULL CHECK (due_on >= issued_on),
  seller       INTEGER NOT NULL REFERENCES parties (key),
  buyer        INTEGER NOT NULL REFERENCES parties (key),
  group_name   TEXT    NOT NULL, -- as it was then
  reference    TEXT    NOT NULL, -- the customer's, as it was then
  vat_mode     TEXT    NOT NULL CHECK (vat_mode IN ('none', 'exclusive', 'inclusive')),
  vat_rate     INTEGER NOT NULL,
  subtotal     INTEGER NOT NULL CHECK (subtotal >= 0),
  tax          INTEGER NOT NULL CHECK (tax >= 0),
  total        INTEGER NOT NULL CHECK (total BETWEEN 0 AND 100000000000000),
  lines        INTEGER NOT NULL CHECK (lines >= 1),
  run          INTEGER NOT NULL REFERENCES billing_runs (key),
  created_at   INTEGER NOT NULL,
  -- What follows changes after it was issued, and nothing else does.
  live         INTEGER NOT NULL CHECK (live IN (0, 1)), -- while one of its lines is
  status       TEXT    NOT NULL CHECK (status IN ('pending', 'processing', 'paid', 'failed', 'cancelled')),
  credited     INTEGER NOT NULL DEFAULT 0 CHECK (credited BETWEEN 0 AND total),
  paid_on      TEXT    CHECK (paid_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  -- What was open when it was paid, or when the payment provider began to collect it: what
  -- is credited later is owed back.
  paid_amount  INTEGER NOT NULL DEFAULT 0 CHECK (paid_amount BETWEEN 0 AND total),
  paid_by_hand INTEGER NOT NULL DEFAULT 0 CHECK (paid_by_hand IN (0, 1)),
  paid_marked  TEXT    NOT NULL DEFAULT '', -- who marked it
  paid_method  TEXT    NOT NULL DEFAULT '',
  paid_ref     TEXT    NOT NULL DEFAULT '',
  paid_notes   TEXT    NOT NULL DEFAULT '',
  updated_at   INTEGER NOT NULL,
  UNIQUE (tenant, id),
  UNIQUE (tenant, year, sequence),
  UNIQUE (tenant, key, period), -- what a line refers to
  CHECK ((grp IS NULL) = (subscription IS NOT NULL)),
  CHECK (total = subtotal + tax),
  CHECK ((status = 'paid') = (paid_on IS NOT NULL)),
  FOREIGN KEY (tenant, customer) REFERENCES customers (tenant, key),
  FOREIGN KEY (tenant, customer, grp) REFERENCES groups (tenant, customer, key)
) STRICT;
CREATE UNIQUE INDEX invoices_group_period ON invoices (tenant, grp, period) WHERE grp IS NOT NULL AND live = 1;
CREATE INDEX invoices_dead ON invoices (tenant, grp, period) WHERE live = 0;
CREATE INDEX invoices_customer ON invoices (tenant, customer, key);
CREATE INDEX invoices_group ON invoices (tenant, grp, key) WHERE grp IS NOT NULL;
CREATE INDEX invoices_run ON invoices (tenant, run, key);

-- A credit note takes back whole lines of one invoice.
CREATE TABLE credit_notes (
  key        INTEGER PRIMARY KEY,
  tenant     INTEGER NOT NULL REFERENCES tenants (key),
  id         TEXT    NOT NULL CHECK (id <> ''),
  number     TEXT    NOT NULL CHECK (number <> ''),
  year       INTEGER NOT NULL,
  sequence   INTEGER NOT NULL CHECK (sequence >= 1),
  invoice    INTEGER NOT NULL REFERENCES invoices (key),
  kind       TEXT    NOT NULL CHECK (kind IN ('waived', 'bill again', 'ended')),
  reason     TEXT    NOT NULL CHECK (reason <> ''),
  issued_on  TEXT    NOT NULL CHECK (issued_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  subtotal   INTEGER NOT NULL CHECK (subtotal >= 0),
  tax        INTEGER NOT NULL CHECK (tax >= 0),
  total      INTEGER NOT NULL CHECK (total = subtotal + tax),
  created_by TEXT    NOT NULL, -- who, by name
  created_at INTEGER NOT NULL,
  UNIQUE (tenant, id),
  UNIQUE (tenant, number),
  UNIQUE (tenant, year, sequence)
) STRICT;
CREATE INDEX credit_notes_invoice ON credit_notes (tenant, invoice, key);

-- A line lives until it is credited because the contract ended or to be billed again;
-- one that is waived lives on.
CREATE TABLE invoice_lines (
  tenant       INTEGER NOT NULL,
  invoice      INTEGER NOT NULL,
  position     INTEGER NOT NULL CHECK (position >= 1),
  subscription INTEGER NOT NULL REFERENCES subscriptions (key),
  period       TEXT    NOT NULL, -- the invoice's
  product      TEXT    NOT NULL, -- as they were then
  serial       TEXT    NOT NULL,
  service_from TEXT    NOT NULL,
  service_to   TEXT    NOT NULL CHECK (service_to > service_from), -- the day after the last
  amount       INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 1000000000000), -- before tax that is added
  tax          INTEGER NOT NULL CHECK (tax >= 0),
  live         INTEGER NOT NULL CHECK (live IN (0, 1)),
  credit       INTEGER REFERENCES credit_notes (key),
  PRIMARY KEY (tenant, invoice, position),
  CHECK (live = 1 OR credit IS NOT NULL),
  FOREIGN KEY (tenant, invoice, period) REFERENCES invoices (tenant, key, period)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invoice_lines_period ON invoice_lines (tenant, subscription, period) WHERE live = 1;
CREATE INDEX invoice_lines_dead ON invoice_lines (tenant, subscription, period) WHERE live = 0;
CREATE INDEX invoice_lines_credit ON invoice_lines (credit) WHERE credit IS NOT NULL;

-- What could not be billed, and is tried again by each run.
CREATE TABLE set_aside (
  key          INTEGER PRIMARY KEY,
  tenant       INTEGER NOT NULL,
  customer     INTEGER NOT NULL,
  target       INTEGER NOT NULL, -- the group's key, or the subscription's
  grouped      INTEGER NOT NULL CHECK (grouped IN (0, 1)), -- which of the two
  period       TEXT    NOT NULL,
  since        TEXT    NOT NULL, -- the day it was due
  reason       TEXT    NOT NULL,
  amount       INTEGER NOT NULL, -- what it would come to, with tax
  first_tried  INTEGER NOT NULL,
  last_tried   INTEGER NOT NULL,
  UNIQUE (tenant, grouped, target, period),
  FOREIGN KEY (tenant, customer) REFERENCES customers (tenant, key)
) STRICT;
CREATE INDEX set_aside_listed ON set_aside (tenant, key);

-- What was issued on each day, for months of millions of invoices.
CREATE TABLE issued_days (
  tenant       INTEGER NOT NULL REFERENCES tenants (key),
  day          TEXT    NOT NULL,
  consolidated INTEGER NOT NULL CHECK (consolidated IN (0, 1)),
  invoices     INTEGER NOT NULL,
  total        INTEGER NOT NULL,
  PRIMARY KEY (tenant, day, consolidated)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER invoices_frozen BEFORE UPDATE OF key, tenant, id, number, year, sequence, customer, grp, subscription, period, turn, issued_on, due_on,
  seller, buyer, group_name, reference, vat_mode, vat_rate, subtotal, tax, total, lines, run, created_at ON invoices
  BEGIN SELECT RAISE(ABORT, 'an issued invoice is frozen'); END;
CREATE TRIGGER invoice_lines_frozen BEFORE UPDATE OF tenant, invoice, position, subscription, period, product, serial, service_from, service_to, amount, tax ON invoice_lines
  BEGIN SELECT RAISE(ABORT, 'an issued invoice is frozen'); END;
CREATE TRIGGER credit_notes_frozen BEFORE UPDATE ON credit_notes BEGIN SELECT RAISE(ABORT, 'an issued credit note is frozen'); END;
CREATE TRIGGER parties_frozen BEFORE UPDATE ON parties BEGIN SELECT RAISE(ABORT, 'it stands on invoices'); END;
CREATE TRIGGER invoices_kept BEFORE DELETE ON invoices BEGIN SELECT RAISE(ABORT, 'an issued invoice is kept'); END;
CREATE TRIGGER invoice_lines_kept BEFORE DELETE ON invoice_lines BEGIN SELECT RAISE(ABORT, 'an issued invoice is kept'); END;
CREATE TRIGGER credit_notes_kept BEFORE DELETE ON credit_notes BEGIN SELECT RAISE(ABORT, 'an issued credit note is kept'); END;
CREATE TRIGGER parties_kept BEFORE DELETE ON parties BEGIN SELECT RAISE(ABORT, 'it stands on invoices'); END;
