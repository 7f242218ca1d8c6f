-- What the lists of invoices read. Every index and the trigger on new invoices cost
-- each billing run, so there is one for each way that lists are read, and no more. They
-- carry the columns that totals add up.

-- The newest of a state; lists of several states are merged.
CREATE INDEX invoices_status ON invoices (tenant, status, key, due_on, total, credited, grp);
-- What is due soonest, what is overdue, and what is due between two days.
CREATE INDEX invoices_due ON invoices (tenant, status, due_on, key, total, credited);
-- The newest for a month.
CREATE INDEX invoices_period ON invoices (tenant, period, status, key, due_on, total, credited);
-- The newest of groups, which can be rare. Others never are where there are few of groups.
CREATE INDEX invoices_consolidated ON invoices (tenant, status, key, due_on, total, credited, grp) WHERE grp IS NOT NULL;
-- What was paid between two days. A billing run adds only invoices of nothing to it.
CREATE INDEX invoices_paid ON invoices (tenant, status, paid_on, key, due_on, total, credited) WHERE paid_on IS NOT NULL;

-- How many invoices of a state are due on a day, or were paid on it, and what was received,
-- or else what they come to less what is credited: so that figures need not add up a million
-- invoices.
CREATE TABLE invoice_days (
  tenant   INTEGER NOT NULL REFERENCES tenants (key),
  status   TEXT    NOT NULL,
  day      TEXT    NOT NULL, -- of a paid one the day it was paid, of any other the day it is due
  invoices INTEGER NOT NULL CHECK (invoices >= 0),
  amount   INTEGER NOT NULL CHECK (amount >= 0),
  PRIMARY KEY (tenant, status, day)
) STRICT, WITHOUT ROWID;
INSERT INTO invoice_days SELECT tenant, status, ifnull(paid_on, due_on), count(*), sum(iif(status = 'paid', paid_amount, total - credited)) FROM invoices GROUP BY 1, 2, 3;

CREATE TRIGGER invoices_counted AFTER INSERT ON invoices BEGIN
  INSERT INTO invoice_days VALUES (NEW.tenant, NEW.status, ifnull(NEW.paid_on, NEW.due_on), 1, iif(NEW.status = 'paid', NEW.paid_amount, NEW.total - NEW.credited))
    ON CONFLICT (tenant, status, day) DO UPDATE SET invoices = invoices + 1, amount = amount + excluded.amount;
END;
CREATE TRIGGER invoices_recounted AFTER UPDATE OF status, credited, paid_on, paid_amount ON invoices BEGIN
  UPDATE invoice_days SET invoices = invoices - 1, amount = amount - iif(OLD.status = 'paid', OLD.paid_amount, OLD.total - OLD.credited)
    WHERE tenant = OLD.tenant AND status = OLD.status AND day = ifnull(OLD.paid_on, OLD.due_on);
  INSERT INTO invoice_days VALUES (NEW.tenant, NEW.status, ifnull(NEW.paid_on, NEW.due_on), 1, iif(NEW.status = 'paid', NEW.paid_amount, NEW.total - NEW.credited))
    ON CONFLICT (tenant, status, day) DO UPDATE SET invoices = invoices + 1, amount = amount + excluded.amount;
END;

-- What of that which was issued on a day is credited by now.
ALTER TABLE issued_days ADD COLUMN credited INTEGER NOT NULL DEFAULT 0 CHECK (credited BETWEEN 0 AND total);
UPDATE issued_days SET credited = i.credited FROM (SELECT tenant, issued_on, grp IS NOT NULL AS consolidated, sum(credited) AS credited FROM invoices GROUP BY 1, 2, 3) i
  WHERE i.tenant = issued_days.tenant AND i.issued_on = issued_days.day AND i.consolidated = issued_days.consolidated;

CREATE TRIGGER invoices_credited AFTER UPDATE OF credited ON invoices WHEN NEW.credited <> OLD.credited BEGIN
  UPDATE issued_days SET credited = credited + NEW.credited - OLD.credited
    WHERE tenant = NEW.tenant AND day = NEW.issued_on AND consolidated = (NEW.grp IS NOT NULL);
END;
