package connector

// The streams, in the order of Streams.
var (
	accountStream, usersStream, teamsStream, teamMembersStream, workspacesStream, workspaceMembersStream,
	foldersStream, boardsStream, boardMembersStream, groupsStream, columnsStream, viewsStream, itemsStream,
	columnValuesStream, itemLinksStream, timeTrackingStream, updatesStream, repliesStream, assetsStream,
	tagsStream, activityLogsStream *Stream
)

// Streams lists all streams: those that others refer to come first.
func Streams() []*Stream { panic("contract") }
