-- Whether everybody who works in a business unit has to sign in with two factors.
ALTER TABLE tenants ADD COLUMN two_factor_required INTEGER NOT NULL DEFAULT 0 CHECK (two_factor_required IN (0, 1));

-- The authenticator app of a user who signs in with two factors. Its codes are worked out
-- from the secret, so that is kept as it is. last_step is the step of the code that was
-- used last, and no code of it or before it is good again.
CREATE TABLE two_factor (
  user      INTEGER PRIMARY KEY REFERENCES users (key),
  secret    TEXT    NOT NULL CHECK (secret <> ''),
  last_step INTEGER NOT NULL,
  since     INTEGER NOT NULL
) STRICT;

-- What opens the door where the phone is lost, each once: a used one is deleted.
CREATE TABLE recovery_codes (
  user INTEGER NOT NULL REFERENCES two_factor (user) ON DELETE CASCADE,
  hash BLOB    NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;

-- A session that waits for its second factor opens nothing.
ALTER TABLE sessions ADD COLUMN pending INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1));
-- The address that tells an app its secret, while it is set up in this session.
ALTER TABLE sessions ADD COLUMN setup_url TEXT CHECK (setup_url <> '');
