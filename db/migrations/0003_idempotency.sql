-- What was answered to a call or a form that may be sent again, written in the
-- transaction of what it did. The key is the sender's own name for it; request is the
-- SHA-256 of what was asked.
CREATE TABLE answers (
  tenant     INTEGER NOT NULL REFERENCES tenants (key),
  actor      TEXT    NOT NULL, -- the API key's or user's id: each has names of its own
  key        TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  request    BLOB    NOT NULL CHECK (length(request) = 32),
  answer     BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, actor, key)
) STRICT;
CREATE INDEX answers_created ON answers (created_at);

-- A form's token is now one of these names. A form that is open during the upgrade
-- is taken as a new one.
DROP TABLE form_tokens;
