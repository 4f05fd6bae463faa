package seed

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

const (
	bigBoard  = 10_000 // items on the first board that has generated items, where there are so many
	boardful  = 1_000  // items on the others, where it is not said how many boards to make
	rowsMax   = 50_000 // different rows that are made; more items share their cells
	bulkYears = 365 * 24 * time.Hour
)

// bulkEnd is about when the last generated item was changed.
var bulkEnd = time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC)

// boardsFor is how many boards are made for so many items.
func boardsFor(items int) int {
	if items <= bigBoard {
		return min(items, 1)
	}
	return 1 + (items-bigBoard+boardful-1)/boardful
}

// bulkColumn is one of the columns that boards with generated items have.
type bulkColumn struct {
	id, title string
	kind      column.Type
	settings  string
	filled    int                              // of 100 items, how many hold something
	values    int                              // how many different ones there are
	value     func(g *generator, i int) string // the i-th of them, as the API takes it
}

func oneOf(list ...string) func(*generator, int) string {
	return func(_ *generator, i int) string { return list[i] }
}

var bulkColumns = []bulkColumn{
	{"text", "Reference", column.Text, "", 95, 5000, func(_ *generator, i int) string { return fmt.Sprintf(`"REF-%05d"`, 10_000+i) }},
	{"long_text", "Notes", column.LongText, "", 60, 800, func(g *generator, _ int) string {
		return `{"text":"` + g.pick(crafts) + ` for ` + g.pick(regions) + `: look at it again with ` + g.pick(titles) + ` before it goes out."}`
	}},
	{"numbers", "Amount", column.Numbers, `{"unit":{"symbol":"€","direction":"right","precision":2}}`, 90, 3000, func(g *generator, _ int) string {
		return `"` + strconv.FormatFloat(float64(g.rand.IntN(500_000))/100, 'f', -1, 64) + `"`
	}},
	{"status", "Status", column.Status, `{"labels":[{"id":0,"label":"Working on it"},{"id":2,"label":"Stuck"},{"id":3,"label":"In review"},{"id":1,"label":"Done","is_done":true}]}`, 90, 4,
		oneOf(`{"index":0}`, `{"index":1}`, `{"index":2}`, `{"index":3}`)},
	{"dropdown", "Areas", column.Dropdown, `{"labels":[{"id":1,"label":"Frames"},{"id":2,"label":"Wheels"},{"id":3,"label":"Firmware"},{"id":4,"label":"Paint"},{"id":5,"label":"Sales"}]}`, 70, 8,
		oneOf(`{"ids":[1]}`, `{"ids":[2]}`, `{"ids":[3]}`, `{"ids":[4]}`, `{"ids":[5]}`, `{"ids":[1,4]}`, `{"ids":[2,3]}`, `{"ids":[1,2,5]}`)},
	{"date", "Due", column.Date, "", 85, 700, func(_ *generator, i int) string { return `{"date":"` + bulkDay(i-600) + `"}` }},
	{"timeline", "Planned", column.Timeline, "", 60, 600, func(g *generator, i int) string {
		return `{"from":"` + bulkDay(i-600) + `","to":"` + bulkDay(i-600+1+g.rand.IntN(21)) + `"}`
	}},
	{"people", "Owner", column.People, "", 85, 200, func(g *generator, _ int) string {
		var list []string
		for _, u := range g.some(g.inside, 1+g.rand.IntN(2), nil) {
			list = append(list, `{"id":`+u.String()+`,"kind":"person"}`)
		}
		return `{"personsAndTeams":[` + strings.Join(list, ",") + `]}`
	}},
	{"checkbox", "Checked", column.Checkbox, "", 40, 1, oneOf(`{"checked":"true"}`)},
	{"email", "Contact", column.Email, "", 50, 2000, func(g *generator, _ int) string {
		first, last := g.pick(firstNames), g.pick(lastNames)
		return `{"email":"` + ascii(first) + "." + ascii(last) + `@dealer.example.com","text":"` + first + " " + last + `"}`
	}},
	{"link", "Page", column.Link, "", 30, 1000, func(_ *generator, i int) string {
		return `{"url":"https://www.fernweh-bikes.example.com/r/` + strconv.Itoa(10_000+i) + `","text":"Page ` + strconv.Itoa(i+1) + `"}`
	}},
	{"rating", "Priority", column.Rating, "", 60, 5, func(_ *generator, i int) string { return `{"rating":` + strconv.Itoa(i+1) + `}` }},
}

func bulkDay(offset int) string { return bulkEnd.AddDate(0, 0, offset).Format(time.DateOnly) }

var bulkGroups = []work.Group{
	{ID: "topics", Title: "This month", Color: "#037f4c"},
	{ID: "next", Title: "Next month", Color: "#579bfc"},
	{ID: "later", Title: "Some day", Color: "#784bd1"},
}

// bulkRow is what an item holds besides its name and place. Rows are shared between items: nobody
// changes an item's cells in place.
type bulkRow struct {
	cells            work.Cells
	creator, updater work.UserID
	created, updated time.Time
}

// bulk makes items.
type bulk struct {
	*generator
	rows   []bulkRow
	nextID work.ItemID
}

// makeItems spreads items over boards. The first board that everybody sees has bigBoard of them,
// where there are so many.
func (g *generator) makeItems(boards []*work.Board, n int) {
	if len(boards) == 0 {
		return
	}
	b := &bulk{generator: g, rows: g.makeRows(min(n, rowsMax)), nextID: generatedItems}
	for _, it := range g.snap.Items {
		b.nextID = max(b.nextID, it.ID+1)
	}
	g.snap.Items = append(make([]*work.Item, 0, len(g.snap.Items)+n), g.snap.Items...)
	big := max(slices.IndexFunc(boards, func(b *work.Board) bool { return b.Kind == work.Public }), 0)
	size := share(n, len(boards))
	if n >= bigBoard {
		size = max(size, bigBoard)
	}
	b.fill(boards[big], size)
	left := len(boards) - 1
	for i, board := range boards {
		if i == big {
			continue
		}
		n -= size
		size = share(n, left)
		b.fill(board, size)
		left--
	}
}

// share is one board's part of n items where so many boards wait for some.
func share(n, boards int) int { return (n + boards - 1) / boards }

// makeRows makes different rows, of values that package column has read.
func (g *generator) makeRows(n int) []bulkRow {
	pools := make([][]column.Value, len(bulkColumns))
	for i := range bulkColumns {
		pools[i] = g.pool(&bulkColumns[i])
	}
	rows := make([]bulkRow, n)
	for i := range rows {
		r := &rows[i]
		r.creator, r.updater = g.owners[g.rand.IntN(len(g.owners))], g.owners[g.rand.IntN(len(g.owners))]
		r.updated = bulkEnd.Add(-time.Duration(g.rand.Int64N(int64(bulkYears))).Truncate(time.Second))
		r.created = r.updated.Add(-time.Duration(1+g.rand.IntN(60*86400)) * time.Second)
		for j := range bulkColumns {
			if c := &bulkColumns[j]; g.rand.IntN(100) < c.filled {
				r.cells = append(r.cells, work.Cell{Column: c.id, Value: pools[j][g.rand.IntN(len(pools[j]))], At: r.updated.UnixMicro()})
			}
		}
	}
	return rows
}

// pool makes the different values of a column.
func (g *generator) pool(c *bulkColumn) []column.Value {
	kind, _ := column.ByName(string(c.kind))
	settings, err := kind.ParseSettings(c.settings)
	if err != nil {
		panic(fmt.Sprintf("seed: settings of the generated column %s: %v", c.id, err)) // a mistake in bulkColumns
	}
	def := &column.Column{ID: c.id, Title: c.title, Kind: kind, Settings: settings}
	list := make([]column.Value, c.values)
	for i := range list {
		w, err := def.Parse(c.value(g, i), column.Write{})
		if err != nil {
			panic(fmt.Sprintf("seed: value of the generated column %s: %v", c.id, err)) // likewise
		}
		list[i] = w.Value
	}
	return list
}

// structure gives a board the columns and groups that generated items need.
func (g *generator) structure(board work.BoardID) {
	for i, gr := range bulkGroups {
		gr.Board, gr.Pos, gr.State = board, int64(i+1)*work.PosStep, work.StateActive
		g.snap.Groups = append(g.snap.Groups, &gr)
	}
	g.snap.Columns = append(g.snap.Columns, nameColumn(board))
	for i, c := range bulkColumns {
		kind, _ := column.ByName(string(c.kind))
		settings, _ := kind.ParseSettings(c.settings) // pool has looked at it
		g.snap.Columns = append(g.snap.Columns, &work.Column{Board: board, ID: c.id, Title: c.title, Type: c.kind,
			Settings: kind.SettingsJSON(settings), Pos: int64(i+2) * work.PosStep, State: work.StateActive, Revision: 1})
	}
}

// fill puts items on a board, as many in each of its groups.
func (b *bulk) fill(board *work.Board, n int) {
	b.structure(board.ID)
	items := make([]work.Item, n) // one allocation for all
	from := b.rand.IntN(len(b.rows))
	for i := range items {
		r := &b.rows[(from+i)%len(b.rows)]
		items[i] = work.Item{ID: b.nextID, Board: board.ID, Group: bulkGroups[i*len(bulkGroups)/n].ID, Name: b.itemName(i), State: work.StateActive,
			Pos: int64(i+1) * work.PosStep, Number: int64(i + 1), Creator: r.creator, UpdatedBy: r.updater, CreatedAt: r.created, UpdatedAt: r.updated,
			Cells: r.cells}
		b.snap.Items = append(b.snap.Items, &items[i])
		b.nextID++
		if r.updated.After(board.UpdatedAt) {
			board.UpdatedAt = r.updated
		}
	}
}

func (b *bulk) itemName(i int) string {
	return crafts[b.rand.IntN(len(crafts))] + " " + tasks[b.rand.IntN(len(tasks))] + " " + strconv.Itoa(i+1)
}
