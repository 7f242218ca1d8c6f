-- What was open when an invoice was paid, or when the payment provider began to collect
-- it: what was credited since is owed back, what was credited before is not.
ALTER TABLE invoices ADD COLUMN paid_amount INTEGER NOT NULL DEFAULT 0 CHECK (paid_amount BETWEEN 0 AND total);
-- Where it was not kept, the days tell which credit notes came before the money.
UPDATE invoices SET paid_amount = total - (SELECT ifnull(sum(n.total), 0) FROM credit_notes n
  WHERE n.tenant = invoices.tenant AND n.invoice = invoices.key AND n.issued_on < ifnull(invoices.paid_on, '9999'))
  WHERE status IN ('paid', 'processing');
