CREATE TABLE accounts (
	id BIGINT NOT NULL PRIMARY KEY,
	seq BIGINT NOT NULL,
	last_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	slug TEXT NOT NULL,
	tier TEXT NOT NULL,
	plan TEXT,
	products TEXT,
	country_code TEXT NOT NULL,
	first_day_of_the_week TEXT NOT NULL,
	logo TEXT NOT NULL,
	show_timeline_weekends BOOLEAN NOT NULL,
	sign_up_product_kind TEXT NOT NULL,
	is_during_trial BOOLEAN NOT NULL,
	is_trial_expired BOOLEAN NOT NULL,
	created_at TEXT NOT NULL,
	main_workspace_id BIGINT NOT NULL,
	main_workspace_is_numbered BOOLEAN NOT NULL
);

CREATE TABLE changes (
	account_id BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	id TEXT NOT NULL,
	at TEXT NOT NULL,
	changes TEXT NOT NULL,
	PRIMARY KEY (account_id, seq)
);

CREATE TABLE users (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	email TEXT NOT NULL,
	role TEXT NOT NULL,
	status TEXT NOT NULL,
	verified BOOLEAN NOT NULL,
	title TEXT NOT NULL,
	phone TEXT NOT NULL,
	mobile_phone TEXT NOT NULL,
	location TEXT NOT NULL,
	country_code TEXT NOT NULL,
	language TEXT NOT NULL,
	time_zone TEXT NOT NULL,
	birthday TEXT NOT NULL,
	join_date TEXT NOT NULL,
	last_activity TEXT NOT NULL,
	photo TEXT NOT NULL,
	sign_up_product_kind TEXT NOT NULL,
	out_of_office TEXT,
	invited_by BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE teams (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	is_guest BOOLEAN NOT NULL,
	parent_team_id BIGINT NOT NULL,
	picture_url TEXT NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE team_members (
	account_id BIGINT NOT NULL,
	team_id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	owner BOOLEAN NOT NULL,
	PRIMARY KEY (account_id, team_id, user_id)
) WITHOUT ROWID;

CREATE TABLE workspaces (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	account_product_id BIGINT NOT NULL,
	icon_color TEXT NOT NULL,
	icon_image TEXT NOT NULL,
	created_by BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE workspace_users (
	account_id BIGINT NOT NULL,
	workspace_id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	owner BOOLEAN NOT NULL,
	PRIMARY KEY (account_id, workspace_id, user_id)
) WITHOUT ROWID;

CREATE TABLE workspace_teams (
	account_id BIGINT NOT NULL,
	workspace_id BIGINT NOT NULL,
	team_id BIGINT NOT NULL,
	owner BOOLEAN NOT NULL,
	PRIMARY KEY (account_id, workspace_id, team_id)
) WITHOUT ROWID;

CREATE TABLE boards (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	workspace_id BIGINT NOT NULL,
	folder_id BIGINT NOT NULL,
	creator_id BIGINT NOT NULL,
	permission TEXT NOT NULL,
	communication TEXT NOT NULL,
	item_name TEXT NOT NULL,
	item_names TEXT NOT NULL,
	created_from_board_id BIGINT NOT NULL,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE board_users (
	account_id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	owner BOOLEAN NOT NULL,
	PRIMARY KEY (account_id, board_id, user_id)
) WITHOUT ROWID;

-- Team -1 is everyone and has no row in teams.
CREATE TABLE board_teams (
	account_id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	team_id BIGINT NOT NULL,
	owner BOOLEAN NOT NULL,
	PRIMARY KEY (account_id, board_id, team_id)
) WITHOUT ROWID;

CREATE TABLE tokens (
	account_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	hash BLOB NOT NULL,
	sealed BLOB,
	created_at TEXT NOT NULL,
	expires_at TEXT,
	last_used TEXT,
	PRIMARY KEY (account_id, id),
	FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX tokens_hash ON tokens (hash);
CREATE INDEX workspace_teams_team ON workspace_teams (account_id, team_id);
CREATE INDEX board_teams_team ON board_teams (account_id, team_id);
