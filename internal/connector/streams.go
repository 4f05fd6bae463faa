package connector

import (
	"fmt"
	"strings"
)

// The streams, in the order of Streams.
var (
	accountStream = &Stream{
		Name: "account", Doc: "The account itself: one row.",
		Key: []string{"id"}, Index: []string{"id"},
		Fields: []Field{
			{"id", Text, "Its number."},
			{"name", Text, "What it is called."},
			{"slug", Text, "Its name in addresses."},
			{"tier", Text, "The name of what it pays for."},
			{"plan_tier", Text, "The plan's name."},
			{"plan_period", Text, "How long a payment lasts."},
			{"plan_max_users", Integer, "How many users the plan allows."},
			{"plan_version", Integer, "The plan's version."},
			{"products", JSON, "The products it has, each with id, kind, tier and default_workspace_id."},
			{"country_code", Text, "The country, in two letters."},
			{"first_day_of_the_week", Text, "monday or sunday."},
			{"show_timeline_weekends", Boolean, "Whether timelines show Saturdays and Sundays."},
			{"active_members_count", Integer, "How many active users there are, viewers and guests left out."},
			{"is_during_trial", Boolean, "Whether it is on a trial."},
			{"is_trial_expired", Boolean, "Whether a trial has run out."},
			{"sign_up_product_kind", Text, "The product for which it was opened."},
			{"logo", Text, "Address of its logo."},
			{"created_at", Time, "When it was made."},
		},
	}

	usersStream = &Stream{
		Name: "users", Doc: "Everybody in the account, those who were deactivated and those who are only invited too.",
		Key: []string{"id"}, Index: []string{"id", "name"},
		Fields: []Field{
			{"id", Text, "The user's number."},
			{"name", Text, "The user's name."},
			{"email", Text, "The user's address."},
			{"kind", Text, "admin, member, guest, view_only, or another kind that the account has."},
			{"status", Text, "active, inactive or pending."},
			{"is_verified", Boolean, "Whether the address was confirmed."},
			{"title", Text, "The position in the organisation."},
			{"phone", Text, "Telephone number."},
			{"mobile_phone", Text, "Mobile telephone number."},
			{"location", Text, "Where the user is."},
			{"country_code", Text, "The country, in two letters."},
			{"time_zone_identifier", Text, "The time zone's name."},
			{"utc_hours_diff", Number, "How many hours the user's clock is ahead of UTC."},
			{"current_language", Text, "The language, as a code."},
			{"birthday", Date, "The day of birth."},
			{"join_date", Date, "The day the user joined the organisation."},
			{"out_of_office", JSON, "Whether and how long the user is away."},
			{"sign_up_product_kind", Text, "The product with which the user signed up."},
			{"photo_url", Text, "Address of a picture."},
			{"url", Text, "Address of the profile."},
			{"created_at", Time, "When the user was made."},
			{"last_activity", Time, "When the user was last seen."},
		},
	}

	teamsStream = &Stream{
		Name: "teams", Doc: "The teams.",
		Key: []string{"id"}, Index: []string{"id", "name"},
		Fields: []Field{
			{"id", Text, "The team's number."},
			{"name", Text, "What it is called."},
			{"picture_url", Text, "Address of a picture."},
			{"is_guest", Boolean, "Whether it is for guests."},
		},
	}

	teamMembersStream = &Stream{
		Name: "team_members", Doc: "Who is in which team.",
		Key: []string{"team_id", "user_id"}, Index: []string{"team_id", "user_id"},
		Fields: []Field{
			{"team_id", Text, "The team."},
			{"user_id", Text, "The user."},
			{"role", Text, "owner or member."},
		},
	}

	workspacesStream = &Stream{
		Name: "workspaces", Doc: "The workspaces that the token's user sees, in every state.",
		Key: []string{"id"}, Index: []string{"id"},
		Fields: []Field{
			{"id", Text, "The workspace's number."},
			{"name", Text, "What it is called."},
			{"kind", Text, "open, closed or template."},
			{"description", Text, "What it is for."},
			{"state", Text, "active, archived or deleted."},
			{"is_default_workspace", Boolean, "Whether it is the Main Workspace."},
			{"product_id", Text, "The product it belongs to."},
			{"product_kind", Text, "Which product that is."},
			{"icon_color", Text, "The colour of its icon."},
			{"icon_image", Text, "Address of its icon."},
			{"created_at", Time, "When it was made."},
		},
	}

	workspaceMembersStream = &Stream{
		Name: "workspace_members", Doc: "Which users and teams are in which workspace.",
		Key: []string{"workspace_id", "member_kind", "member_id"}, Index: []string{"workspace_id", "member_kind", "member_id"},
		Fields: []Field{
			{"workspace_id", Text, "The workspace."},
			{"member_kind", Text, "user or team."},
			{"member_id", Text, "The user or the team."},
			{"role", Text, "owner or subscriber."},
		},
	}

	foldersStream = &Stream{
		Name: "folders", Doc: "The folders of workspaces.",
		Key: []string{"id"}, Index: []string{"id"},
		Fields: []Field{
			{"id", Text, "The folder's number."},
			{"name", Text, "What it is called."},
			{"workspace_id", Text, "The workspace it is in."},
			{"parent_id", Text, "The folder it is in."},
			{"owner_id", Text, "Who owns it."},
			{"color", Text, "Its colour."},
			{"custom_icon", Text, "Its icon."},
			{"font_weight", Text, "How heavy its name is written."},
			{"created_at", Time, "When it was made."},
		},
	}

	boardsStream = &Stream{
		Name: "boards", Doc: "The boards that the token's user sees, in every state, boards of subitems too.",
		Key: []string{"id"}, Cursor: "updated_at",
		Index: []string{"id", "name", "description", "kind", "state", "type", "hierarchy_type", "permissions", "access", "workspace_id",
			"folder_id", "creator_id", "created_from_board_id", "item_terminology", "items_count", "items_limit", "communication", "url",
			"created_at", "updated_at"}, // all of them, in order: a board that is lost is written back as it was
		Fields: []Field{
			{"id", Text, "The board's number."},
			{"name", Text, "What it is called."},
			{"description", Text, "What it is for."},
			{"kind", Text, "public, private or share."},
			{"state", Text, "active, archived or deleted."},
			{"type", Text, "board, sub_items_board, document or custom_object."},
			{"hierarchy_type", Text, "classic or multi_level."},
			{"permissions", Text, "Who may change what is on it: everyone, collaborators, assignee or owners."},
			{"access", Text, "ok, or lost when the token's user can no longer read it."},
			{"workspace_id", Text, "The workspace it is in."},
			{"folder_id", Text, "The folder it is in."},
			{"creator_id", Text, "Who made it."},
			{"created_from_board_id", Text, "The board it was copied from."},
			{"item_terminology", Text, "What its items are called."},
			{"items_count", Integer, "How many active items are on it."},
			{"items_limit", Integer, "How many items can be on it."},
			{"communication", JSON, "Where people talk about it."},
			{"url", Text, "Its address."},
			{"created_at", Time, "When it was made."},
			{"updated_at", Time, "When it was last changed."},
		},
	}

	boardMembersStream = &Stream{
		Name: "board_members", Doc: "Which users and teams are on which board.",
		Key: []string{"board_id", "member_kind", "member_id"}, Index: []string{"board_id", "member_kind", "member_id"},
		Fields: []Field{
			{"board_id", Text, "The board."},
			{"member_kind", Text, "user or team."},
			{"member_id", Text, "The user or the team; the team -1 is everyone in the account."},
			{"role", Text, "owner or subscriber."},
		},
	}

	groupsStream = &Stream{
		Name: "groups", Doc: "The groups of boards.",
		Key: []string{"board_id", "id"}, Index: []string{"board_id", "id"},
		Fields: []Field{
			{"board_id", Text, "The board."},
			{"id", Text, "The group's id, unique on its board."},
			{"title", Text, "What it is called."},
			{"color", Text, "Its colour."},
			{"position", Text, "Its place on the board, as the API tells it."},
			{"archived", Boolean, "Whether it is put away."},
			{"deleted", Boolean, "Whether it was deleted."},
		},
	}

	columnsStream = &Stream{
		Name: "columns", Doc: "The columns of boards.",
		Key: []string{"board_id", "id"}, Index: []string{"board_id", "id"},
		Fields: []Field{
			{"board_id", Text, "The board."},
			{"id", Text, "The column's id, unique on its board."},
			{"title", Text, "What it is called."},
			{"type", Text, "What it holds."},
			{"description", Text, "What it is for."},
			{"archived", Boolean, "Whether it is put away."},
			{"width", Integer, "How wide it is shown, in pixels."},
			{"position", Integer, "Its place on the board, from 0."},
			{"settings", JSON, "Its settings, such as labels."},
		},
	}

	viewsStream = &Stream{
		Name: "views", Doc: "The views of boards.",
		Key: []string{"board_id", "id"}, Index: []string{"board_id", "id"},
		Fields: []Field{
			{"board_id", Text, "The board."},
			{"id", Text, "The view's number."},
			{"name", Text, "What it is called."},
			{"type", Text, "What kind of view it is."},
			{"access_level", Text, "Who may change it."},
			{"source_view_id", Text, "The view it was copied from."},
			{"settings", JSON, "Its settings."},
			{"filter", JSON, "Which items it shows."},
			{"sort", JSON, "In what order."},
			{"tags", JSON, "Its tags."},
			{"filter_user_id", Text, "The user whose items it shows."},
			{"filter_team_id", Text, "The team whose items it shows."},
		},
	}

	itemsStream = &Stream{
		Name: "items", Doc: "The items, subitems too.",
		Key: []string{"id"}, Cursor: "updated_at", Since: true,
		Index: []string{"id", "board_id", "parent_item_id", "state", "updated_at"},
		Fields: []Field{
			{"id", Text, "The item's number."},
			{"board_id", Text, "The board it is on."},
			{"group_id", Text, "The group it is in."},
			{"parent_item_id", Text, "The item it is a subitem of."},
			{"name", Text, "What it is called."},
			{"state", Text, "active, archived or deleted."},
			{"creator_id", Text, "Who made it."},
			{"created_at", Time, "When it was made."},
			{"updated_at", Time, "When it was last changed, as the service tells it: not every change counts."},
			{"url", Text, "Its address."},
			{"relative_link", Text, "Its address within the account."},
		},
	}

	columnValuesStream = &Stream{
		Name: "column_values", Doc: "What items hold in their columns, typed as well as text.",
		Key: []string{"item_id", "column_id"}, Since: true,
		Fields: []Field{
			{"item_id", Text, "The item."},
			{"board_id", Text, "The board it is on."},
			{"column_id", Text, "The column."},
			{"type", Text, "The column's type."},
			{"text", Text, "What it reads as, for types that only have display_value too."},
			{"display_value", Text, "What mirror, formula and link columns show."},
			{"value", JSON, "The value as the service keeps it."},
			{"number", Number, "Of numbers, ratings, votes, progress, item ids, durations in seconds, and of formulas that give one."},
			{"date", Date, "Of dates; the first of timelines and weeks."},
			{"date_end", Date, "The last of timelines and weeks."},
			{"time", Text, "HH:MM:SS, of dates with a time (in UTC) and of hours."},
			{"at", Time, "The moment, of dates with a time, creation logs and last changes."},
			{"bool", Boolean, "Of checkboxes, and whether a clock runs."},
			{"label", Text, "Of statuses."},
			{"label_index", Integer, "The number of a status's label."},
			{"label_ids", JSON, "The numbers of a dropdown's labels."},
			{"people_ids", JSON, "The users of people columns and votes."},
			{"team_ids", JSON, "The teams of people and team columns."},
			{"linked_item_ids", JSON, "The items that links, dependencies and subitems lead to."},
			{"tag_ids", JSON, "The tags."},
			{"asset_ids", JSON, "The files."},
			{"url", Text, "Of links."},
			{"updated_at", Time, "When it was put there, where the service says."},
		},
	}

	itemLinksStream = &Stream{
		Name: "item_links", Doc: "Which items lead to which: links between boards, dependencies, and subitems.",
		Key: []string{"item_id", "column_id", "linked_item_id"}, Since: true,
		Index: []string{"item_id", "column_id", "linked_item_id", "board_id"},
		Fields: []Field{
			{"item_id", Text, "The item that leads to another."},
			{"column_id", Text, "The column that it does so in."},
			{"linked_item_id", Text, "The item it leads to."},
			{"board_id", Text, "The board of the first."},
			{"kind", Text, "The column's type: board_relation, dependency or subtasks."},
		},
	}

	timeTrackingStream = &Stream{
		Name: "time_tracking", Doc: "The sessions of time tracking columns.",
		Key: []string{"item_id", "column_id", "id"}, Since: true,
		Index: []string{"item_id", "column_id", "id"},
		Fields: []Field{
			{"item_id", Text, "The item."},
			{"column_id", Text, "The column."},
			{"id", Text, "The session's number."},
			{"board_id", Text, "The board the item is on."},
			{"status", Text, "What became of the session, such as active."},
			{"started_at", Time, "When it began."},
			{"ended_at", Time, "When it ended; null while it runs."},
			{"seconds", Integer, "How long it took."},
			{"started_user_id", Text, "Who began it."},
			{"ended_user_id", Text, "Who ended it."},
			{"manual", Boolean, "Whether any of its ends was written in by hand."},
			{"created_at", Time, "When it was made."},
			{"updated_at", Time, "When it was last changed."},
		},
	}

	updatesStream = &Stream{
		Name: "updates", Doc: "What was written about items.",
		Key: []string{"id"}, Cursor: "updated_at", Since: true,
		Index: []string{"id", "item_id", "board_id", "updated_at"},
		Fields: []Field{
			{"id", Text, "The update's number."},
			{"item_id", Text, "The item it is about."},
			{"board_id", Text, "The board that the item is on."},
			{"creator_id", Text, "Who wrote it."},
			{"body", Text, "The text, as HTML."},
			{"text_body", Text, "The text without markup."},
			{"likes", JSON, "Who liked it, each with user_id and reaction."},
			{"pinned_item_ids", JSON, "The items above whose updates it is pinned."},
			{"original_creation_date", Text, "When it was first written, if it came from elsewhere."},
			{"created_at", Time, "When it was written."},
			{"edited_at", Time, "When its text was last changed."},
			{"updated_at", Time, "When anything of it was last changed."},
		},
	}

	repliesStream = &Stream{
		Name: "replies", Doc: "The replies to updates.",
		Key: []string{"id"}, Cursor: "updated_at", Since: true,
		Index: []string{"id", "update_id", "item_id"},
		Fields: []Field{
			{"id", Text, "The reply's number."},
			{"update_id", Text, "The update it replies to."},
			{"item_id", Text, "The item that the update is about."},
			{"board_id", Text, "The board that the item is on."},
			{"creator_id", Text, "Who wrote it."},
			{"kind", Text, "What kind of reply it is."},
			{"body", Text, "The text, as HTML."},
			{"text_body", Text, "The text without markup."},
			{"created_at", Time, "When it was written."},
			{"edited_at", Time, "When its text was last changed."},
			{"updated_at", Time, "When anything of it was last changed."},
		},
	}

	// An asset can hang on more than one thing, so the place is part of its key. Exactly one of item_id and
	// update_id is set: what re-reads an item, or an update with its replies, re-reads all assets that name it.
	assetsStream = &Stream{
		Name: "assets", Doc: "The files in columns, updates and replies; their contents are not kept.",
		Key: []string{"id", "place"}, Since: true,
		Index: []string{"id", "place", "item_id", "update_id", "reply_id"},
		Fields: []Field{
			{"id", Text, "The file's number."},
			{"place", Text, "What it hangs on: item:ID:COLUMN, update:ID or reply:ID."},
			{"item_id", Text, "The item, for a file in a column."},
			{"column_id", Text, "The column that it is in."},
			{"update_id", Text, "The update, for a file of an update or of one of its replies."},
			{"reply_id", Text, "The reply."},
			{"board_id", Text, "The board."},
			{"name", Text, "What the file is called."},
			{"file_extension", Text, "Its extension, with the point."},
			{"file_size", Integer, "Its size in bytes."},
			{"original_geometry", Text, "Width and height of a picture."},
			{"uploaded_by", Text, "Who put it there."},
			{"url", Text, "Its address, for those who are signed in."},
			{"url_thumbnail", Text, "Address of a small picture of it."},
			{"created_at", Time, "When it was put there."},
		},
	}

	tagsStream = &Stream{
		Name: "tags", Doc: "The public tags.",
		Key: []string{"id"}, Index: []string{"id", "name"},
		Fields: []Field{
			{"id", Text, "The tag's number."},
			{"name", Text, "What it says."},
			{"color", Text, "Its colour."},
		},
	}

	activityLogsStream = &Stream{
		Name: "activity_logs", Doc: "What happened on boards, as far back as the service tells.",
		Key: []string{"id"}, Cursor: "created_at", Since: true,
		Index: []string{"id", "board_id"},
		Fields: []Field{
			{"id", Text, "The entry's id."},
			{"board_id", Text, "The board."},
			{"event", Text, "What happened."},
			{"entity", Text, "board or pulse: what it happened to."},
			{"item_id", Text, "The first item that it names."},
			{"user_id", Text, "Who did it."},
			{"account_id", Text, "The account of who did it."},
			{"created_at", Time, "When."},
			{"data", JSON, "The rest, by event."},
		},
	}
)

// Streams lists all streams: those that others refer to come first.
func Streams() []*Stream {
	return []*Stream{
		accountStream, usersStream, teamsStream, teamMembersStream, workspacesStream, workspaceMembersStream,
		foldersStream, boardsStream, boardMembersStream, groupsStream, columnsStream, viewsStream, itemsStream,
		columnValuesStream, itemLinksStream, timeTrackingStream, updatesStream, repliesStream, assetsStream,
		tagsStream, activityLogsStream,
	}
}

// StreamNamed finds a stream. A *Refused says which there are.
func StreamNamed(name string) (*Stream, error) {
	var names []string
	for _, s := range Streams() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, &Refused{Field: "streams", Code: "invalid", Msg: fmt.Sprintf("there is no stream %q, but %s", name, strings.Join(names, ", "))}
}
