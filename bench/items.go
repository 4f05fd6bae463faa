package main

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// filled is the account whose boards have items.
type filled struct {
	file, token string
	boards      []board // all that have items, the largest first
}

// bulkItems is how many items the boards have: 10,000 on one of 1,000, some 50 on each of the others.
const bulkItems = 10_000 + 50*999

type board struct {
	ID    int64 `json:",string"`
	Items int   `json:"items_count"`
}

// itemsPage is as much of the API's answer as is needed here.
type itemsPage struct {
	Cursor *string
	Items  []struct {
		ID           int64 `json:",string"`
		Name         string
		Group        struct{ ID string }
		ColumnValues []columnValue `json:"column_values"`
	}
}

type columnValue struct {
	ID, Type    string
	Text, Value *string
}

// withItems makes the account with items, once.
func (b *bench) withItems() (*filled, error) {
	if b.filled != nil {
		return b.filled, nil
	}
	f := &filled{}
	var err error
	if f.file, f.token, _, err = b.lunedi.account(size{10_000, 500, 1_000, bulkItems}); err != nil {
		return nil, err
	}
	p, err := b.lunedi.serve("boards", f.file, f.token)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	for page := 1; ; page++ {
		var got struct{ Boards []board }
		if err := data(p.url, f.token, fmt.Sprintf("{ boards(limit: 100, page: %d) { id items_count } }", page), &got); err != nil {
			return nil, err
		}
		if len(got.Boards) == 0 {
			break
		}
		f.boards = append(f.boards, got.Boards...)
	}
	slices.SortStableFunc(f.boards, func(x, y board) int { return y.Items - x.Items })
	f.boards = slices.DeleteFunc(f.boards, func(x board) bool { return x.Items == 0 })
	if len(f.boards) == 0 || f.boards[0].Items < 10_000 {
		return nil, fmt.Errorf("no board of 10,000 items among %d", len(f.boards))
	}
	b.filled = f
	return f, nil
}

// pages calls each with every page of a board's items.
func (b board) pages(url, token, fields string, limit int, each func(*itemsPage) error) error {
	var got struct {
		Boards []struct {
			Page itemsPage `json:"items_page"`
		}
		Next itemsPage `json:"next_items_page"`
	}
	if err := data(url, token, fmt.Sprintf("{ boards(ids: [%d]) { items_page(limit: %d) { cursor items { %s } } } }", b.ID, limit, fields), &got); err != nil {
		return err
	}
	if len(got.Boards) != 1 {
		return fmt.Errorf("there is no board %d", b.ID)
	}
	page := got.Boards[0].Page
	for {
		if err := each(&page); err != nil || page.Cursor == nil {
			return err
		}
		got.Next = itemsPage{}
		if err := data(url, token, fmt.Sprintf("{ next_items_page(limit: %d, cursor: %q) { cursor items { %s } } }", limit, *page.Cursor, fields), &got); err != nil {
			return err
		}
		page = got.Next
	}
}

// cursors are those that lead through a board, at whichever server.
func (b board) cursors(limit int) func(url, token string) ([]string, error) {
	return func(url, token string) (list []string, err error) {
		err = b.pages(url, token, "id", limit, func(p *itemsPage) error {
			if p.Cursor != nil {
				list = append(list, *p.Cursor)
			}
			return nil
		})
		return list, err
	}
}

// fullPage are the fields of the measured pages.
const fullPage = "{ cursor items { id name group { id } column_values { id text value type } } }"

func (b board) firstPage(args string) string {
	return fmt.Sprintf("{ boards(ids: [%d]) { items_page(limit: 100%s) %s } }", b.ID, args, fullPage)
}

// items compares pages of the board of 10,000 items.
func (b *bench) items() error {
	f, err := b.withItems()
	if err != nil {
		return err
	}
	ours, err := b.lunedi.serve("items", f.file, f.token)
	if err != nil {
		return err
	}
	defer ours.stop()
	var other *process
	if b.peer {
		if other, err = peer(b.dir, f.file, func(tx *sql.Tx) error { return fillItems(tx, ours, f.token, f.boards) }); err != nil {
			return err
		}
		defer other.stop()
	}
	big := f.boards[0]
	seen, err := b.compare([]reading{
		{name: "I1 first page", same: true, query: big.firstPage("")},
		{name: "I2 each page in turn", same: true, query: `{ next_items_page(limit: 100, cursor: "%ID%") ` + fullPage + " }", ids: big.cursors(100)},
		{name: "I3 of two statuses", same: true, query: big.firstPage(`, query_params: {rules: [{column_id: "status", compare_value: [1, 2], operator: any_of}]}`)},
		{name: "I4 the greatest numbers", same: true, query: big.firstPage(`, query_params: {order_by: [{column_id: "numbers", direction: desc}]}`)},
	}, f.token, ours, other)
	if err != nil {
		return err
	}
	fmt.Printf("### Items: pages of 100 of a board of %d items with %d columns, among 1,000 boards, 32 connections, median of %d rounds of %s\n\n", big.Items, 12, b.rounds, b.time)
	seen.print()
	fmt.Printf("\nMemory after the run: %.0f MB.\n\n", memory(ours.cmd.Process.Pid))
	return nil
}

// touches is how often a server is started for the first request of a board.
const touches = 9

// touch measures the first request for a board that is not in memory, each at a server newly started.
func (b *bench) touch() error {
	f, err := b.withItems()
	if err != nil {
		return err
	}
	fmt.Printf("### First touch: the first `items_page(limit: 100)` of a board after a start, %d starts\n\n| | median ms | slowest ms | the same again, median ms |\n|---|---|---|---|\n", touches)
	for _, board := range []board{f.boards[0], f.boards[len(f.boards)/2]} {
		var first, again []time.Duration
		for range touches {
			p, err := b.lunedi.serve("touch", f.file, f.token)
			if err != nil {
				return err
			}
			for _, took := range []*[]time.Duration{&first, &again} {
				began := time.Now()
				answer, err := post(p.url, f.token, board.firstPage(""))
				*took = append(*took, time.Since(began))
				if err != nil || !strings.Contains(string(answer), `"column_values"`) {
					p.stop()
					return fmt.Errorf("%w: %.300s", err, answer)
				}
			}
			p.stop()
		}
		slices.Sort(first)
		slices.Sort(again)
		fmt.Printf("| a board of %d items | %.1f | %.1f | %.1f |\n", board.Items, ms(first[touches/2]), ms(first[touches-1]), ms(again[touches/2]))
	}
	fmt.Println()
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// itemWrites measures durable changes to items, and that each acknowledged one outlives the server.
func (b *bench) itemWrites() error {
	f, err := b.withItems()
	if err != nil {
		return err
	}
	file := filepath.Join(b.dir, "itemwrites.db")
	if err := copyDatabase(f.file, file); err != nil {
		return err
	}
	fmt.Printf("### Item writes: durable, over HTTP, values for three columns in each\n\n| | database | writers | per second | p50 ms | p99 ms |\n|---|---|---|---|---|---|\n")
	if err := b.writeItems("SQLite, synchronous=FULL", file, f.token, f.boards[0]); err != nil {
		return err
	}
	url, stop, err := postgres(b.dir)
	if err != nil {
		return err
	}
	defer stop()
	first, err := b.lunedi.serve("first", url, "") // makes the account
	if err != nil {
		return err
	}
	defer first.stop()
	token, err := b.lunedi.token(url)
	if err != nil {
		return err
	}
	made, err := newBoard(first.url, token)
	if err != nil {
		return err
	}
	first.stop()
	if err := b.writeItems("PostgreSQL, synchronous_commit=on", url, token, made); err != nil {
		return err
	}
	fmt.Println()
	return nil
}

// The mutations that are measured; what they write is different each time.
const (
	createItem   = `mutation { create_item(board_id: %B%, item_name: "Order %N%", column_values: "{\"text\":\"R-%N%\",\"numbers\":\"%N%\",\"status\":{\"index\":1}}") { id } }`
	changeValues = `mutation { change_multiple_column_values(board_id: %B%, item_id: %ID%, column_values: "{\"text\":\"%W%-%N%\",\"numbers\":\"%N%.5\",\"status\":{\"index\":2}}") { id } }`
)

func (b *bench) writeItems(name, database, token string, on board) error {
	p, err := b.lunedi.serve("itemwrites", database, token)
	if err != nil {
		return err
	}
	defer func() { p.stop() }()
	text := strings.NewReplacer("%B%", strconv.FormatInt(on.ID, 10))
	for _, conns := range []int{1, 32} {
		before, err := on.count(p.url, token)
		if err != nil {
			return err
		}
		l := load{url: p.url, token: token, query: text.Replace(createItem)}
		got, err := b.writeLoad(l, p, conns)
		if err != nil {
			return err
		}
		after, err := on.count(p.url, token)
		if err != nil {
			return err
		}
		// wrk stops with up to one request under way per connection.
		if made := float64(after - before); made < got.Requests || made > got.Requests+float64(conns) {
			return fmt.Errorf("create_item, %d writers: %v acknowledged, but %v items made", conns, got.Requests, made)
		}
		fmt.Printf("| `create_item` | %s | %d | %s | %.2f | %.2f |\n", name, conns, thousands(got.RPS), got.P50, got.P99)
	}
	var ids []string
	if err := on.pages(p.url, token, "id", 500, func(page *itemsPage) error {
		for _, it := range page.Items {
			ids = append(ids, strconv.FormatInt(it.ID, 10))
		}
		return nil
	}); err != nil {
		return err
	}
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, conns := range []int{1, 32} {
		l := load{url: p.url, token: token, query: strings.ReplaceAll(text.Replace(changeValues), "%W%", strconv.Itoa(conns)), ids: ids}
		got, err := b.writeLoad(l, p, conns)
		if err != nil {
			return err
		}
		fmt.Printf("| `change_multiple_column_values` | %s | %d | %s | %.2f | %.2f |\n", name, conns, thousands(got.RPS), got.P50, got.P99)
	}
	if err := p.settle(); err != nil {
		return err
	}
	last := load{url: p.url, token: token, query: strings.ReplaceAll(text.Replace(changeValues), "%W%", "last"), ids: ids}
	if _, err := last.once(); err != nil { // and what was decided before it is durable too
		return err
	}
	before, err := on.values(p.url, token)
	if err != nil {
		return err
	}
	p.kill()
	if p, err = b.lunedi.serve("itemwrites", database, token); err != nil {
		return err
	}
	after, err := on.values(p.url, token)
	if err != nil {
		return err
	}
	for i := range max(len(before), len(after)) {
		if i >= len(before) || i >= len(after) || before[i] != after[i] {
			return fmt.Errorf("%d items before the server was killed, %d after; before %q, after %q", len(before), len(after), at(before, i), at(after, i))
		}
	}
	return nil
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// writeLoad runs mutations, all of which must succeed, but for those under way when wrk stops. GraphQL
// says what failed with status 200: the server's own count tells.
func (b *bench) writeLoad(l load, p *process, conns int) (sample, error) {
	const failed = `lunedi_operations_total{kind="mutation",result="failed"}`
	before, err := p.metrics()
	if err != nil {
		return sample{}, err
	}
	got, err := l.run(b.dir, conns, b.time, p.pids()...)
	if err != nil {
		return got, err
	}
	after, err := p.metrics()
	if err == nil && (got.Bad > 0 || after[failed] > before[failed]+float64(conns)) {
		said, _ := post(l.url, l.token, strings.NewReplacer("%N%", "0", "%ID%", slices.Concat(l.ids, []string{""})[0]).Replace(l.query))
		err = fmt.Errorf("%v of %v requests failed, like %.300s", max(got.Bad, after[failed]-before[failed]), got.Requests, said)
	}
	return got, err
}

func (b board) count(url, token string) (int, error) {
	var got struct{ Boards []board }
	err := data(url, token, fmt.Sprintf("{ boards(ids: [%d]) { id items_count } }", b.ID), &got)
	if err == nil && len(got.Boards) != 1 {
		err = fmt.Errorf("there is no board %d", b.ID)
	}
	if err != nil {
		return 0, err
	}
	return got.Boards[0].Items, nil
}

// values are what the items of a board hold in their columns of text, one line each.
func (b board) values(url, token string) (lines []string, err error) {
	err = b.pages(url, token, `id name column_values(ids: ["text", "numbers", "status"]) { id text type value }`, 500, func(page *itemsPage) error {
		for _, it := range page.Items {
			line := fmt.Sprint(it.ID, it.Name)
			for _, c := range it.ColumnValues {
				if c.Text != nil {
					line += " " + *c.Text
				}
			}
			lines = append(lines, line)
		}
		return nil
	})
	return lines, err
}

// newBoard makes an empty board with the columns that generated boards have.
func newBoard(url, token string) (board, error) {
	var got struct {
		Board board `json:"create_board"`
	}
	if err := data(url, token, `mutation { create_board(board_name: "Orders", board_kind: public) { id } }`, &got); err != nil {
		return board{}, err
	}
	for _, kind := range []string{"text", "long_text", "numbers", "status", "dropdown", "date", "timeline", "people", "checkbox", "email", "link", "rating"} {
		if _, err := ask(url, token, fmt.Sprintf(`mutation { create_column(board_id: %d, id: %q, title: %q, column_type: %s) { id } }`, got.Board.ID, kind, kind, kind)); err != nil {
			return board{}, err
		}
	}
	return got.Board, nil
}

// copyDatabase copies an SQLite file that nobody has open.
func copyDatabase(from, to string) error {
	db, err := sql.Open("sqlite", from)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec("vacuum into ?", to)
	return err
}

const (
	passes  = 3
	readers = 4
)

// memory reads all boards in turn with a cache that holds few of them, and with one that holds all.
func (b *bench) memory() error {
	f, err := b.withItems()
	if err != nil {
		return err
	}
	fmt.Printf("### Memory: `items_page(limit: 100)` of each of %d boards in turn, %d times, from %d connections\n\n", len(f.boards), passes, readers)
	fmt.Println("| budget MB | resident before, most MB | live before, most MB | more by, resident and live MB | boards take, most MB | boards in memory at the end | median ms | p99 ms |\n|---|---|---|---|---|---|---|---|")
	for _, budget := range []int{32, 256} {
		if err := b.readAll(f, budget); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

func (b *bench) readAll(f *filled, budget int) error {
	p, err := b.lunedi.serve("memory", f.file, f.token, "--content-cache", fmt.Sprintf("%dMB", budget))
	if err != nil {
		return err
	}
	defer p.stop()
	base, err := p.holds()
	if err != nil {
		return err
	}
	peak := p.watch()
	var (
		next  atomic.Int64
		wg    sync.WaitGroup
		mu    sync.Mutex
		took  []time.Duration
		fault error
	)
	for range readers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= passes*len(f.boards) {
					return
				}
				began := time.Now()
				answer, err := post(p.url, f.token, f.boards[i%len(f.boards)].firstPage(""))
				d := time.Since(began)
				if err == nil && !strings.Contains(string(answer), `"column_values"`) {
					err = fmt.Errorf("answer %.300s", answer)
				}
				mu.Lock()
				took = append(took, d)
				if err != nil {
					fault = err
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	most := peak()
	if fault != nil {
		return fault
	}
	slices.Sort(took)
	fmt.Printf("| %d | %.0f, %.0f | %.0f, %.0f | %.0f, %.0f | %s | %.2f | %.2f |\n", budget, base.resident, most.resident, base.live, most.live,
		most.resident-base.resident, most.live-base.live, most.inBoards(), ms(took[len(took)/2]), ms(took[len(took)*99/100]))
	return nil
}
