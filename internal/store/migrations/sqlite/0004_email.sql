-- A user's address that the user has set and nobody has confirmed: no OpenID provider lets anybody in by it.

ALTER TABLE users ADD COLUMN email_unproven BOOLEAN NOT NULL DEFAULT FALSE;
