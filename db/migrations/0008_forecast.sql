-- Rises with everything that changes what is planned for a customer. The forecast is
-- kept in memory, and reads anew only the customers whose revision has risen.
ALTER TABLE customers ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX customers_revision ON customers (tenant, revision);
