-- A deleted group stays readable in the activity and on its invoices; its members
-- are set free when it is deleted.
ALTER TABLE groups ADD COLUMN deleted_at INTEGER;
