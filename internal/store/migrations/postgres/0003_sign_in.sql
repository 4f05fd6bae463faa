-- Who signs in to the console, and the record of who changed what.

ALTER TABLE tokens ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN signed_in_from TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT '';

CREATE TABLE credentials (
	account_id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	hash TEXT NOT NULL,
	changed_at TEXT NOT NULL,
	PRIMARY KEY (account_id, user_id)
);

CREATE TABLE identities (
	account_id BIGINT NOT NULL,
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	user_id BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (account_id, issuer, subject)
);

CREATE TABLE audit (
	account_id BIGINT NOT NULL,
	at TEXT COLLATE "C" NOT NULL,
	id TEXT COLLATE "C" NOT NULL,
	user_id BIGINT NOT NULL,
	token_id BIGINT NOT NULL,
	called_from TEXT NOT NULL,
	action TEXT NOT NULL,
	changes TEXT NOT NULL,
	PRIMARY KEY (account_id, at, id)
);
