// Command bench measures what docs/performance.md states, everything in one run on one machine, and
// prints it as Markdown. Read the ratios: absolute figures belong to the machine and the hour.
//
// Reads and items: Lunedi, a bare net/http handler that returns the same bytes, and mercurius over the
// same rows take turns under the same load. Writes: durable mutations over HTTP on SQLite and
// PostgreSQL; the rows are counted afterwards. Touch: the first request for a board that is not in
// memory. Memory: what reading more boards than the cache may hold takes. Starts: from process start to
// the first good answer.
//
// Sync: how fast the connector brings an account into each destination, beside a loop that only reads the
// same pages. Days: what an hourly sync asks for, beside other ways to do it. Million, which takes long and
// is not done by itself: a million items, with the connector killed on the way.
//
// It needs wrk, and for the parts that use them node with npm, and PostgreSQL.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == "limit" {
		if err := serveLimit(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	var b bench
	parts := flag.String("parts", "reads,items,touch,writes,itemwrites,memory,starts,sync,days", "what to measure")
	flag.DurationVar(&b.time, "time", 6*time.Second, "how long each load runs")
	flag.IntVar(&b.rounds, "rounds", 3, "how often the servers take turns")
	flag.StringVar(&b.lunedi.bin, "bin", "", "the lunedi to measure (default: built from here)")
	flag.BoolVar(&b.peer, "peer", true, "measure mercurius as well (npm installs it)")
	flag.Parse()
	if err := b.run(strings.Split(*parts, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	time   time.Duration
	rounds int
	peer   bool
	dir    string
	lunedi lunedi
	filled *filled // the account with items, once it is made
}

func (b *bench) run(parts []string) (err error) {
	if _, err := exec.LookPath("wrk"); err != nil {
		return fmt.Errorf("wrk is missing; install Debian's wrk package")
	}
	if b.dir, err = os.MkdirTemp("", "lunedi-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := b.lunedi.build(b.dir); err != nil {
		return err
	}
	fmt.Printf("%s, %d cores, %s\n\n", runtime.Version(), runtime.NumCPU(), time.Now().Format(time.DateOnly))
	for _, part := range parts {
		measure, ok := map[string]func() error{"reads": b.reads, "items": b.items, "touch": b.touch, "writes": b.writes, "itemwrites": b.itemWrites,
			"memory": b.memory, "starts": b.starts, "sync": b.sync, "days": b.days, "million": b.million}[part]
		if !ok {
			return fmt.Errorf("there is no part %q", part)
		}
		if err := measure(); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	return nil
}

// reads compares the four queries.
func (b *bench) reads() error {
	file, token, _, err := b.lunedi.account(size{10_000, 500, 1_000, 0})
	if err != nil {
		return err
	}
	users, err := ids(file, "select id from users where status = 'active' order by id")
	if err != nil {
		return err
	}
	teams, err := ids(file, "select team_id from team_members group by team_id having count(*) >= 30 order by team_id limit 10")
	if err != nil {
		return err
	}
	queries := []reading{
		{name: "Q1 50 users with teams", query: "{ users(limit: 50, page: 3) { id name email teams { id name } } }"},
		{name: "Q2 10 teams with members", query: fmt.Sprintf("{ teams(ids: [%s]) { id name owners { id } users { id name email } } }", join(teams))},
		{name: "Q3 one user", query: fmt.Sprintf("{ users(ids: [%d]) { id name email } }", users[len(users)/2])},
		{name: "Q3 another id in each text", query: "{ users(ids: [%ID%]) { id name email } }", ids: these(users)},
		{name: "Q4 100 boards with workspace", query: "{ boards(limit: 100) { id name workspace { id name kind description } } }"},
	}
	ours, err := b.lunedi.serve("serve", file, token)
	if err != nil {
		return err
	}
	defer ours.stop()
	var other *process
	if b.peer {
		if other, err = peer(b.dir, file, nil); err != nil {
			return err
		}
		defer other.stop()
	}
	seen, err := b.compare(queries, token, ours, other)
	if err != nil {
		return err
	}
	fmt.Printf("### Reads: 10,000 users, 500 teams, 1,000 boards, 32 connections, median of %d rounds of %s\n\n", b.rounds, b.time)
	seen.print()
	fmt.Printf("\nMemory after the run: %.0f MB.\n\n", memory(ours.cmd.Process.Pid))
	return nil
}

// writes measures durable mutations, and counts that each acknowledged one is there.
func (b *bench) writes() error {
	file, token, _, err := b.lunedi.account(size{10_000, 500, 1_000, 0})
	if err != nil {
		return err
	}
	fmt.Printf("### Writes: `create_team` with one member, durable, over HTTP\n\n| database | writers | per second | p50 ms | p99 ms |\n|---|---|---|---|---|\n")
	if err := b.write("SQLite, synchronous=FULL", file, token); err != nil {
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
	first.stop()
	if token, err = b.lunedi.token(url); err != nil {
		return err
	}
	if err := b.write("PostgreSQL, synchronous_commit=on", url, token); err != nil {
		return err
	}
	fmt.Println()
	return nil
}

func (b *bench) write(name, database, token string) error {
	p, err := b.lunedi.serve("write", database, token)
	if err != nil {
		return err
	}
	defer p.stop()
	members, err := people(p.url, token, 2000)
	if err != nil {
		return err
	}
	count := func() (int, error) {
		answer, err := ask(p.url, token, "{ teams { id } }")
		return strings.Count(string(answer), `"id"`), err
	}
	for _, conns := range []int{1, 32, 128} {
		before, err := count()
		if err != nil {
			return err
		}
		l := load{url: p.url, token: token, query: `mutation { create_team(input: {name: "Night shift", subscriber_ids: [%ID%]}) { id } }`, ids: strings.Split(join(members), ",")}
		got, err := l.run(b.dir, conns, b.time, p.pids()...)
		if err != nil {
			return err
		}
		after, err := count()
		if err != nil {
			return err
		}
		// wrk stops with up to one request under way per connection.
		if made := float64(after - before); made < got.Requests || made > got.Requests+float64(conns) || got.Bad > 0 {
			return fmt.Errorf("%d writers: %v acknowledged, %v failed, but %v teams made", conns, got.Requests, got.Bad, made)
		}
		fmt.Printf("| %s | %d | %s | %.2f | %.2f |\n", name, conns, thousands(got.RPS), got.P50, got.P99)
	}
	return nil
}

// people are at least n users who can be in teams; those that are missing are invited.
func people(url, token string, n int) ([]int64, error) {
	for i := 0; ; i++ {
		answer, err := ask(url, token, "{ users(kind: non_guests) { id } }")
		if err != nil {
			return nil, err
		}
		var got struct {
			Data struct {
				Users []struct {
					ID int64 `json:",string"`
				}
			}
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			return nil, err
		}
		if len(got.Data.Users) >= n || i > n/100 {
			var out []int64
			for _, u := range got.Data.Users {
				out = append(out, u.ID)
			}
			return out, nil
		}
		var emails []string
		for j := range 200 {
			emails = append(emails, fmt.Sprintf("%q", fmt.Sprintf("user-%d-%d@example.com", i, j)))
		}
		if _, err := ask(url, token, "mutation { invite_users(emails: ["+strings.Join(emails, ",")+"]) { errors { message } } }"); err != nil {
			return nil, err
		}
	}
}

// starts measures how soon a server answers, and what it then holds in memory.
func (b *bench) starts() error {
	fmt.Printf("### Starts: from process start to the first answer\n\n| | ready | memory |\n|---|---|---|\n")
	port := freePort()
	url := fmt.Sprintf("http://127.0.0.1:%d/v2", port)
	var times []time.Duration
	for range 5 {
		dev, err := start(filepath.Join(b.dir, "dev.log"), nil, func() error { _, err := ask(url, "dev-admin", "{ me { id } }"); return err },
			b.lunedi.bin, "dev", "--listen", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return err
		}
		times = append(times, dev.ready)
		dev.stop()
	}
	slices.Sort(times)
	fmt.Printf("| `lunedi dev`, the sample account (median of 5) | %d ms | |\n", times[2].Milliseconds())
	for _, users := range []int{10_000, 100_000} {
		file, token, _, err := b.lunedi.account(size{users, users / 20, users / 10, 0})
		if err != nil {
			return err
		}
		p, err := b.lunedi.serve("start", file, token)
		if err != nil {
			return err
		}
		fmt.Printf("| `lunedi serve`, %d users, %d teams, %d boards | %d ms | %.0f MB |\n", users, users/20, users/10, p.ready.Milliseconds(), memory(p.cmd.Process.Pid))
		p.stop()
	}
	fmt.Println()
	return nil
}

func thousands(n float64) string {
	if n < 10_000 {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.1f k", n/1000)
}
