-- Whether single keys do something for a user, which not everybody can live with:
-- who speaks to the computer, or presses keys by mistake, switches them off.
ALTER TABLE users ADD COLUMN shortcuts INTEGER NOT NULL DEFAULT 1 CHECK (shortcuts IN (0, 1));
