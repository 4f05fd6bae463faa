-- Data sources: other accounts whose records are kept in tables.

CREATE TABLE data_sources (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	endpoint TEXT NOT NULL,
	start_date TEXT NOT NULL,
	every_seconds BIGINT NOT NULL,
	call_share DOUBLE PRECISION NOT NULL,
	call_cap BIGINT NOT NULL,
	boards TEXT,
	sealed BYTEA,
	key_id TEXT NOT NULL,
	paused BOOLEAN NOT NULL,
	asked BIGINT NOT NULL,
	asked_full BIGINT NOT NULL,
	removed BOOLEAN NOT NULL,
	source_account_id TEXT NOT NULL,
	source_account_name TEXT NOT NULL,
	creator_id BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
);

-- How they fare, and who works on them until when: the lease. No transaction of the account writes it.
CREATE TABLE data_source_states (
	account_id BIGINT NOT NULL,
	source_id BIGINT NOT NULL,
	status TEXT NOT NULL,
	since TEXT NOT NULL,
	problems TEXT,
	next_run TEXT COLLATE "C" NOT NULL,
	limited_until TEXT,
	failures BIGINT NOT NULL,
	served BIGINT NOT NULL,
	holder TEXT NOT NULL,
	held_until TEXT COLLATE "C" NOT NULL,
	progress TEXT,
	checked TEXT,
	checked_at TEXT,
	PRIMARY KEY (account_id, source_id)
);

CREATE TABLE data_source_runs (
	account_id BIGINT NOT NULL,
	source_id BIGINT NOT NULL,
	started_at TEXT COLLATE "C" NOT NULL,
	id TEXT COLLATE "C" NOT NULL,
	report TEXT NOT NULL,
	PRIMARY KEY (account_id, source_id, started_at, id)
);
