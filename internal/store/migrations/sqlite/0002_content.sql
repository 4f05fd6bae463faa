-- What is on boards. Rows that are large or many have rowids: SQLite keeps those best.

ALTER TABLE boards ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE boards ADD COLUMN parent_board_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE boards ADD COLUMN only_assigned BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE folders (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	workspace_id BIGINT NOT NULL,
	parent_id BIGINT NOT NULL,
	color TEXT NOT NULL,
	font_weight TEXT NOT NULL,
	custom_icon TEXT NOT NULL,
	owner_id BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE tags (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	color TEXT NOT NULL,
	board_id BIGINT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE webhooks (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	event TEXT NOT NULL,
	url TEXT NOT NULL,
	config TEXT NOT NULL,
	secret BLOB,
	creator_id BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE docs (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	item_id BIGINT NOT NULL,
	column_id TEXT NOT NULL,
	settings TEXT NOT NULL,
	created_by BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE board_groups (
	account_id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	id TEXT NOT NULL,
	title TEXT NOT NULL,
	color TEXT NOT NULL,
	position BIGINT NOT NULL,
	state TEXT NOT NULL,
	PRIMARY KEY (account_id, board_id, id)
) WITHOUT ROWID;

CREATE TABLE columns (
	account_id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	id TEXT NOT NULL,
	title TEXT NOT NULL,
	description TEXT NOT NULL,
	type TEXT NOT NULL,
	settings TEXT NOT NULL,
	width BIGINT NOT NULL,
	position BIGINT NOT NULL,
	state TEXT NOT NULL,
	revision BIGINT NOT NULL,
	hidden BOOLEAN NOT NULL,
	locked BOOLEAN NOT NULL,
	readers TEXT,
	writers TEXT,
	PRIMARY KEY (account_id, board_id, id)
) WITHOUT ROWID;

CREATE TABLE board_views (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	type TEXT NOT NULL,
	settings TEXT NOT NULL,
	filter TEXT NOT NULL,
	sort TEXT NOT NULL,
	tags TEXT,
	filter_user_id BIGINT NOT NULL,
	filter_team_id BIGINT NOT NULL,
	source_view_id BIGINT NOT NULL,
	position BIGINT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE INDEX board_views_board ON board_views (account_id, board_id);

-- cells is {"column":{"value":…,"at":microseconds since 1970},…}; column_values spreads it out.
CREATE TABLE items (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	group_id TEXT NOT NULL,
	name TEXT NOT NULL,
	state TEXT NOT NULL,
	position BIGINT NOT NULL,
	number BIGINT NOT NULL,
	parent_item_id BIGINT NOT NULL,
	creator_id BIGINT NOT NULL,
	updated_by BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	subscribers TEXT,
	doc_id BIGINT NOT NULL,
	cells TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
);

CREATE INDEX items_board ON items (account_id, board_id, state, number);
CREATE INDEX items_place ON items (account_id, board_id, group_id, position, id) WHERE state = 'active';

CREATE VIEW column_values AS
SELECT i.account_id, i.board_id, i.id AS item_id, c.key AS column_id,
	NULLIF(c.value -> '$.value', 'null') AS value,
	strftime('%Y-%m-%dT%H:%M:%S', (c.value ->> '$.at') / 1000000, 'unixepoch')
		|| printf('.%06dZ', (c.value ->> '$.at') % 1000000) AS changed_at
FROM items i, json_each(i.cells) c;

CREATE TABLE updates (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	parent_id BIGINT NOT NULL,
	item_id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	creator_id BIGINT NOT NULL,
	body TEXT NOT NULL,
	original_creation_date TEXT NOT NULL,
	created_at TEXT NOT NULL,
	edited_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	pinned BOOLEAN NOT NULL,
	likes TEXT,
	PRIMARY KEY (account_id, id)
);

CREATE INDEX updates_parent ON updates (account_id, parent_id, created_at, id);
CREATE INDEX updates_item ON updates (account_id, item_id, created_at, id);
CREATE INDEX updates_board ON updates (account_id, board_id, created_at, id);

CREATE TABLE assets (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	size BIGINT NOT NULL,
	geometry TEXT NOT NULL,
	type TEXT NOT NULL,
	key TEXT NOT NULL,
	item_id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	column_id TEXT NOT NULL,
	update_id BIGINT NOT NULL,
	uploaded_by BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE INDEX assets_item ON assets (account_id, item_id);
CREATE INDEX assets_update ON assets (account_id, update_id);

CREATE TABLE blocks (
	account_id BIGINT NOT NULL,
	id TEXT NOT NULL,
	doc_id BIGINT NOT NULL,
	parent_block_id TEXT NOT NULL,
	type TEXT NOT NULL,
	content TEXT NOT NULL,
	position DOUBLE PRECISION NOT NULL,
	created_by BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
);

CREATE INDEX blocks_doc ON blocks (account_id, doc_id, position, id);

-- at is in 10⁻⁷ seconds since 1970. The key is the order in which a board's log is read; ids, which are
-- random, are nowhere looked for by themselves, and an index of them would be the price of every line.
CREATE TABLE activity_logs (
	account_id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	id TEXT NOT NULL,
	item_id BIGINT NOT NULL,
	group_id TEXT NOT NULL,
	column_id TEXT NOT NULL,
	user_id BIGINT NOT NULL,
	event TEXT NOT NULL,
	entity TEXT NOT NULL,
	data TEXT NOT NULL,
	PRIMARY KEY (account_id, board_id, at, id)
);

CREATE INDEX activity_logs_user ON activity_logs (account_id, user_id, at);

CREATE TABLE notifications (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	from_id BIGINT NOT NULL,
	text TEXT NOT NULL,
	target_id BIGINT NOT NULL,
	target_type TEXT NOT NULL,
	created_at TEXT NOT NULL,
	read_at TEXT,
	PRIMARY KEY (account_id, id)
);

CREATE INDEX notifications_user ON notifications (account_id, user_id, created_at, id);

-- Events on their way to webhooks. What has arrived or is given up is deleted.
CREATE TABLE deliveries (
	account_id BIGINT NOT NULL,
	id TEXT NOT NULL,
	webhook_id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	url TEXT NOT NULL,
	secret BLOB,
	body TEXT NOT NULL,
	first TEXT NOT NULL,
	next TEXT NOT NULL,
	tries BIGINT NOT NULL,
	PRIMARY KEY (account_id, id)
);

CREATE INDEX deliveries_due ON deliveries (next);

-- SQLite believes of a table it knows nothing of that an account has ten rows in it. This is what a
-- large account has; ANALYZE, if ever run, knows better.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('board_views', 'board_views', '10000 10000 1'),
	('board_views', 'board_views_board', '10000 10000 5 1'),
	('items', 'sqlite_autoindex_items_1', '1000000 1000000 1'),
	('items', 'items_board', '1000000 1000000 1000 400 1'),
	('items', 'items_place', '1000000 1000000 1000 100 1 1'),
	('updates', 'sqlite_autoindex_updates_1', '1000000 1000000 1'),
	('updates', 'updates_parent', '1000000 1000000 10 1 1'),
	('updates', 'updates_item', '1000000 1000000 10 1 1'),
	('updates', 'updates_board', '1000000 1000000 1000 1 1'),
	('assets', 'assets', '100000 100000 1'),
	('assets', 'assets_item', '100000 100000 5 1'),
	('assets', 'assets_update', '100000 100000 5 1'),
	('blocks', 'sqlite_autoindex_blocks_1', '100000 100000 1'),
	('blocks', 'blocks_doc', '100000 100000 50 1 1'),
	('activity_logs', 'sqlite_autoindex_activity_logs_1', '10000000 10000000 10000 1 1'),
	('activity_logs', 'activity_logs_user', '10000000 10000000 50000 1'),
	('notifications', 'sqlite_autoindex_notifications_1', '100000 100000 1'),
	('notifications', 'notifications_user', '100000 100000 100 1 1');
ANALYZE sqlite_schema;
