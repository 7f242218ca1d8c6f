-- What has been billed. A line lives until it is credited because the contract ended
-- or to be billed again; an invoice lives while one of its lines does. The database
-- itself refuses a second live line for one instalment, and a second live invoice of
-- one group for one month.
CREATE TABLE invoices (
  key       INTEGER PRIMARY KEY,
  tenant    INTEGER NOT NULL REFERENCES tenants (key),
  id        TEXT    NOT NULL CHECK (id <> ''),
  customer  INTEGER NOT NULL,
  grp       INTEGER, -- NULL on an individual invoice
  period    TEXT    NOT NULL CHECK (period GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
  issued_on TEXT    NOT NULL CHECK (issued_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  live      INTEGER NOT NULL CHECK (live IN (0, 1)),
  UNIQUE (tenant, id),
  UNIQUE (tenant, key, period), -- what a line refers to
  FOREIGN KEY (tenant, customer) REFERENCES customers (tenant, key),
  FOREIGN KEY (tenant, customer, grp) REFERENCES groups (tenant, customer, key)
) STRICT;
CREATE UNIQUE INDEX invoices_group_period ON invoices (tenant, grp, period) WHERE grp IS NOT NULL AND live = 1;
CREATE INDEX invoices_customer ON invoices (tenant, customer, key);

CREATE TABLE invoice_lines (
  tenant       INTEGER NOT NULL,
  invoice      INTEGER NOT NULL,
  subscription INTEGER NOT NULL REFERENCES subscriptions (key),
  period       TEXT    NOT NULL, -- the invoice's
  amount       INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 1000000000000), -- before tax that is added
  live         INTEGER NOT NULL CHECK (live IN (0, 1)),
  PRIMARY KEY (tenant, invoice, subscription),
  FOREIGN KEY (tenant, invoice, period) REFERENCES invoices (tenant, key, period)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invoice_lines_period ON invoice_lines (tenant, subscription, period) WHERE live = 1;
