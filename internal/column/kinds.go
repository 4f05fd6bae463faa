package column

// The column types of the schema.
const (
	AutoNumber    Type = "auto_number"
	BoardRelation Type = "board_relation"
	Button        Type = "button"
	Checkbox      Type = "checkbox"
	ColorPicker   Type = "color_picker"
	Country       Type = "country"
	CreationLog   Type = "creation_log"
	Date          Type = "date"
	Dependency    Type = "dependency"
	DirectDoc     Type = "direct_doc"
	Doc           Type = "doc"
	Dropdown      Type = "dropdown"
	Email         Type = "email"
	File          Type = "file"
	Formula       Type = "formula"
	Group         Type = "group"
	Hour          Type = "hour"
	Integration   Type = "integration"
	ItemAssignees Type = "item_assignees"
	ItemID        Type = "item_id"
	LastUpdated   Type = "last_updated"
	Link          Type = "link"
	Location      Type = "location"
	LongText      Type = "long_text"
	Mirror        Type = "mirror"
	Name          Type = "name"
	Numbers       Type = "numbers"
	People        Type = "people"
	Person        Type = "person"
	Phone         Type = "phone"
	Progress      Type = "progress"
	Rating        Type = "rating"
	Status        Type = "status"
	Subtasks      Type = "subtasks"
	Tags          Type = "tags"
	Team          Type = "team"
	Text          Type = "text"
	TimeTracking  Type = "time_tracking"
	Timeline      Type = "timeline"
	Unsupported   Type = "unsupported"
	Vote          Type = "vote"
	Week          Type = "week"
	WorldClock    Type = "world_clock"
)

// types is the order of the schema's enum.
var types = []Type{
	AutoNumber, BoardRelation, Button, Checkbox, ColorPicker, Country, CreationLog, Date, Dependency, Doc, Dropdown,
	Email, File, Formula, Group, Hour, Integration, ItemAssignees, ItemID, LastUpdated, Link, Location, LongText,
	Mirror, Numbers, People, Phone, Progress, Rating, Status, Tags, Team, Text, Timeline, TimeTracking, Vote, Week,
	WorldClock, Unsupported, Name, Person, DirectDoc, Subtasks,
}

var (
	opsEmpty   = []Operator{IsEmpty, IsNotEmpty}
	opsAny     = []Operator{AnyOf, NotAnyOf, IsEmpty, IsNotEmpty}
	opsText    = []Operator{AnyOf, NotAnyOf, IsEmpty, IsNotEmpty, ContainsText, NotContainsText, ContainsTerms, StartsWith, EndsWith}
	opsCompare = []Operator{AnyOf, NotAnyOf, IsEmpty, IsNotEmpty, GreaterThan, GreaterThanOrEquals, LowerThan, LowerThanOrEqual, Between}
	opsDate    = append(append([]Operator(nil), opsCompare...), WithinTheNext, WithinTheLast)
)

// kinds is the table of everything that tells the types apart. A type that is
// not here in full (no parse, no rules) is served with its stored value.
var kinds = table(
	Kind{Name: Name, Title: "Name", Class: "NameColumn", GraphQL: "TextValue", Writable: true, Simple: true, Filterable: true,
		Operators: opsText, Shapes: []string{`"Item name"`}, SimpleShape: "Item name", parse: parseText, simple: simpleText, any: anyText},
	Kind{Name: Text, Title: "Text", IDPrefix: "text", Class: "TextColumn", GraphQL: "TextValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true,
		Operators: opsText, Shapes: []string{`"Sample text"`}, SimpleShape: "Sample text", parse: parseText, simple: simpleText, any: anyText},
	Kind{Name: LongText, Title: "Long Text", IDPrefix: "long_text", Class: "LongTextColumn", GraphQL: "LongTextValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"text":"Sample text"}`}, SimpleShape: "Sample text", parse: parseLongText, simple: simpleLongText, any: anyText},
	Kind{Name: Numbers, Title: "Numbers", IDPrefix: "numeric", Class: "NumericColumn", GraphQL: "NumbersValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true,
		Operators: opsCompare, Shapes: []string{`"42.5"`, `42.5`}, SimpleShape: "42.5", parse: parseNumber, simple: simpleNumber, any: anyNumber, order: orderNumber},

	Kind{Name: Status, Title: "Status", IDPrefix: "color", Class: "ColorColumn", GraphQL: "StatusValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, NullText: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"label":"Done"}`, `{"index":1}`}, SimpleShape: "Done", parse: parseStatus, simple: simpleStatus, text: textStatus, any: anyLabel, order: orderStatus},
	Kind{Name: Dropdown, Title: "Dropdown", IDPrefix: "dropdown", Class: "DropdownColumn", GraphQL: "DropdownValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, NullText: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"ids":[1,2]}`, `{"labels":["Marketing"]}`}, SimpleShape: "Marketing, Sales", parse: parseDropdownValue, simple: simpleDropdown, text: textDropdown, parts: partsDropdown, any: anyLabel},
	Kind{Name: Checkbox, Title: "Check", IDPrefix: "boolean", Class: "BooleanColumn", GraphQL: "CheckboxValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsEmpty, Shapes: []string{`{"checked":"true"}`}, parse: parseCheckbox},
	Kind{Name: Rating, Title: "Rating", IDPrefix: "rating", Class: "RatingColumn", GraphQL: "RatingValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsCompare, Shapes: []string{`{"rating":5}`}, parse: parseRating, any: anyNumber, order: orderNumber},
	Kind{Name: Vote, Title: "Vote", IDPrefix: "vote", Class: "VoteColumn", GraphQL: "VoteValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsAny, Shapes: []string{`{"votersIds":[123456]}`}, parse: parseVote, any: anyVoter, order: orderNumber},
	Kind{Name: ColorPicker, Title: "Color Picker", IDPrefix: "color_picker", Class: "ColorPickerColumn", GraphQL: "ColorPickerValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsAny, Shapes: []string{`{"color":{"hex":"#0086c0"}}`}, parse: parseColor, any: anyText},

	Kind{Name: Date, Title: "Date", IDPrefix: "date", Class: "DateColumn", GraphQL: "DateValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsDate, Shapes: []string{`{"date":"2026-06-15"}`, `{"date":"2026-06-15","time":"09:00:00"}`}, SimpleShape: "2026-06-15 09:00:00", parse: parseDate, simple: simpleDate, text: textDate, order: orderDate, date: dateOf},
	Kind{Name: Timeline, Title: "Timeline", IDPrefix: "timerange", Class: "TimerangeColumn", GraphQL: "TimelineValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsDate, Shapes: []string{`{"from":"2026-03-01","to":"2026-03-15"}`}, parse: parseTimeline, order: orderDate, date: timelineDate},
	Kind{Name: Week, Title: "Week", IDPrefix: "week", Class: "WeekColumn", GraphQL: "WeekValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsAny, Shapes: []string{`{"week":{"startDate":"2026-06-15","endDate":"2026-06-21"}}`}, parse: parseWeek, any: anyWeek, order: orderDate, date: weekDate},
	Kind{Name: Hour, Title: "Hour", IDPrefix: "hour", Class: "HourColumn", GraphQL: "HourValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsAny, Shapes: []string{`{"hour":16,"minute":42}`}, parse: parseHour, any: anyHour, order: orderHour},

	Kind{Name: People, Title: "People", IDPrefix: "multiple_person", Class: "MultiplePersonColumn", GraphQL: "PeopleValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"personsAndTeams":[{"id":123456,"kind":"person"},{"id":51166,"kind":"team"}]}`}, SimpleShape: "123456,654321", parse: parsePeople, simple: simplePeople, text: textPeople, parts: partsPeople, any: anyPerson},
	Kind{Name: Person, Title: "Person", IDPrefix: "person", Class: "PersonColumn", GraphQL: "PersonValue", Writable: true, Simple: true, Readable: true, Filterable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"personsAndTeams":[{"id":123456,"kind":"person"}]}`, `{"id":123456}`}, SimpleShape: "123456", parse: parsePeople, simple: simplePeople, text: textPeople, parts: partsPeople, any: anyPerson},
	Kind{Name: ItemAssignees, Title: "Assignees", IDPrefix: "item_assignees", Class: "ItemAssigneesColumn", GraphQL: "PeopleValue", Writable: true, Simple: true, Readable: true, Filterable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"personsAndTeams":[{"id":123456,"kind":"person"}]}`}, SimpleShape: "123456", parse: parsePeople, simple: simplePeople, text: textPeople, parts: partsPeople, any: anyPerson},
	Kind{Name: Team, Title: "Team", IDPrefix: "team", Class: "TeamColumn", GraphQL: "TeamValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"team_id":51166}`}, SimpleShape: "51166", parse: parseTeam, simple: simpleTeam, text: textTeam, any: anyPerson},
	Kind{Name: Tags, Title: "Tags", IDPrefix: "tag", Class: "TagColumn", GraphQL: "TagsValue", Writable: true, Readable: true, Filterable: true, Creatable: true,
		Operators: opsText, Shapes: []string{`{"tag_ids":[295026,295064]}`}, parse: parseTags, text: textTags, parts: partsTags, any: anyTag},

	Kind{Name: Email, Title: "Email", IDPrefix: "email", Class: "EmailColumn", GraphQL: "EmailValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"email":"person@example.com","text":"Display text"}`}, SimpleShape: "person@example.com Display text", parse: parseEmail, simple: simpleEmail, parts: partsLabelled, any: anyText},
	Kind{Name: Link, Title: "Link", IDPrefix: "link", Class: "LinkColumn", GraphQL: "LinkValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"url":"https://example.com","text":"Display text"}`}, SimpleShape: "https://example.com Display text", parse: parseLink, simple: simpleLink, parts: partsLabelled, any: anyText},
	Kind{Name: Phone, Title: "Phone", IDPrefix: "phone", Class: "PhoneColumn", GraphQL: "PhoneValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"phone":"+12025550169","countryShortName":"US"}`}, SimpleShape: "+12025550169 US", parse: parsePhone, simple: simplePhone, any: anyPhone},
	Kind{Name: Country, Title: "Country", IDPrefix: "country", Class: "CountryColumn", GraphQL: "CountryValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"countryCode":"US","countryName":"United States"}`}, parse: parseCountry, any: anyCountry},
	Kind{Name: Location, Title: "Location", IDPrefix: "location", Class: "LocationColumn", GraphQL: "LocationValue", Writable: true, Simple: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsText, Shapes: []string{`{"lat":"29.9772962","lng":"31.1324955","address":"Giza Pyramid Complex"}`}, SimpleShape: "29.9772962 31.1324955 Giza Pyramid Complex", parse: parseLocation, simple: simpleLocation, any: anyText},
	Kind{Name: WorldClock, Title: "World Clock", IDPrefix: "world_clock", Class: "TimezoneColumn", GraphQL: "WorldClockValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true,
		Operators: opsAny, Shapes: []string{`{"timezone":"Europe/London"}`}, parse: parseZone, any: anyZone},

	Kind{Name: BoardRelation, Title: "Connect boards", IDPrefix: "board_relation", Class: "BoardRelationColumn", GraphQL: "BoardRelationValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true, NoText: true, NoValue: true, Display: true,
		Operators: opsText, Shapes: []string{`{"item_ids":[1234567890,9876543210]}`}, parse: parseLinked, text: textLinked, parts: partsLinked, any: anyLinked},
	Kind{Name: Dependency, Title: "Dependency", IDPrefix: "dependency", Class: "DependencyColumn", GraphQL: "DependencyValue", Writable: true, Readable: true, Filterable: true, Creatable: true, Stamped: true, NoText: true, NoValue: true, Display: true,
		Operators: opsText, Shapes: []string{`{"item_ids":[1234567890,9876543210]}`}, parse: parseLinked, text: textLinked, parts: partsLinked, any: anyLinked},
	Kind{Name: Subtasks, Title: "Subitems", IDPrefix: "subtasks", Class: "SubtasksColumn", GraphQL: "SubtasksValue", Readable: true, Filterable: true, NoText: true, NoValue: true, Display: true, Creatable: true,
		Operators: opsText, text: textLinked, parts: partsLinked, any: anyLinked},
	Kind{Name: Mirror, Title: "Mirror", IDPrefix: "lookup", Class: "LookupColumn", GraphQL: "MirrorValue", Readable: true, Filterable: true, Creatable: true, NoText: true, NoValue: true, Display: true,
		Operators: opsText, any: anyText},
	Kind{Name: Formula, Title: "Formula", IDPrefix: "formula", Class: "FormulaColumn", GraphQL: "FormulaValue", Readable: true, Creatable: true, NoText: true, NoValue: true, Display: true,
		DefaultSettings: `{"formula":""}`},
	Kind{Name: File, Title: "Files", IDPrefix: "file", Class: "FileColumn", GraphQL: "FileValue", Writable: true, Readable: true, Filterable: true, Creatable: true,
		Operators: opsEmpty, Shapes: []string{`{"clear_all":true}`, `{"files":[{"fileType":"LINK","name":"Plan","linkToFile":"https://example.com/plan.pdf"}]}`}, parse: parseFiles, text: textFiles},
	Kind{Name: Doc, Title: "monday Doc", IDPrefix: "monday_doc", Class: "DocColumn", GraphQL: "DocValue", Readable: true, Creatable: true, Filterable: true, Operators: opsEmpty, text: textFiles},
	Kind{Name: DirectDoc, Title: "Doc", IDPrefix: "direct_doc", Class: "DirectDocColumn", GraphQL: "DirectDocValue", Readable: true, text: textFiles},

	Kind{Name: TimeTracking, Title: "Time Tracking", IDPrefix: "duration", Class: "DurationColumn", GraphQL: "TimeTrackingValue", Readable: true, Filterable: true, Creatable: true,
		Operators: opsAny, any: anyTimer, order: orderNumber},
	Kind{Name: CreationLog, Title: "Creation Log", IDPrefix: "pulse_log", Class: "PulseLogColumn", GraphQL: "CreationLogValue", Readable: true, Filterable: true, Creatable: true,
		Operators: opsDate, any: anyPerson, order: orderDate, date: logDate},
	Kind{Name: LastUpdated, Title: "Last Updated", IDPrefix: "pulse_updated", Class: "PulseUpdatedColumn", GraphQL: "LastUpdatedValue", Readable: true, Filterable: true, Creatable: true,
		Operators: opsDate, any: anyPerson, order: orderDate, date: logDate},
	Kind{Name: AutoNumber, Title: "Auto Number", IDPrefix: "auto_number", Class: "AutoNumberColumn", GraphQL: "UnsupportedValue", Filterable: true, Creatable: true, Operators: opsCompare, any: anyNumber, order: orderNumber},
	Kind{Name: ItemID, Title: "Item ID", IDPrefix: "pulse_id", Class: "PulseIdColumn", GraphQL: "ItemIdValue", Readable: true, Filterable: true, Creatable: true, Operators: opsCompare, any: anyNumber, order: orderNumber},
	Kind{Name: Progress, Title: "Progress Tracking", IDPrefix: "progress", Class: "ProgressColumn", GraphQL: "ProgressValue", Readable: true, Filterable: true, Creatable: true, Operators: opsAny, any: anyProgress, order: orderNumber},
	Kind{Name: Group, Title: "Group", IDPrefix: "group", Class: "GroupColumn", GraphQL: "GroupValue", Readable: true, Filterable: true, Operators: []Operator{AnyOf, NotAnyOf}, any: anyGroup},
	Kind{Name: Button, Title: "Button", IDPrefix: "button", Class: "ButtonColumn", GraphQL: "ButtonValue", Readable: true, Creatable: true, text: textButton},
	Kind{Name: Integration, Title: "Integration", IDPrefix: "integration", Class: "IntegrationColumn", GraphQL: "IntegrationValue", Readable: true, text: textIntegration},
	Kind{Name: Unsupported, Title: "Unsupported", IDPrefix: "unsupported", Class: "UnsupportedColumn", GraphQL: "UnsupportedValue"},
)

func table(list ...Kind) map[Type]*Kind {
	m := make(map[Type]*Kind, len(list))
	for i := range list {
		if list[i].DefaultSettings == "" {
			list[i].DefaultSettings = "{}"
		}
		m[list[i].Name] = &list[i]
	}
	return m
}
