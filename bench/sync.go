package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// delays are how long answers are held back: not at all, and as a service does that is far away and has more
// to do than this one.
var delays = []time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond}

// wire stands between the connector and the server: it keeps what was asked, and can be far away.
type wire struct {
	url   string
	stop  func()
	mu    sync.Mutex
	asked [][]byte
}

func newWire(server string, delay time.Duration) (*wire, error) {
	to, err := url.Parse(strings.TrimSuffix(server, "/v2"))
	if err != nil {
		return nil, err
	}
	w := &wire{}
	proxy := httputil.NewSingleHostReverseProxy(to)
	hs := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.mu.Lock()
		w.asked = append(w.asked, body)
		w.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		time.Sleep(delay)
		proxy.ServeHTTP(rw, r)
	}))
	w.url, w.stop = hs.URL+"/v2", hs.Close
	return w, nil
}

// loop sends documents one after the other and throws the answers away: the plainest reader there can be.
func loop(server, token string, documents [][]byte) (took time.Duration, size int64, err error) {
	began := time.Now()
	for _, d := range documents {
		req, err := http.NewRequest(http.MethodPost, server, bytes.NewReader(d))
		if err != nil {
			return 0, 0, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", token)
		req.Header.Set("API-Version", "2026-04")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, 0, err
		}
		n, err := io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			return 0, 0, fmt.Errorf("%s %w", res.Status, err)
		}
		size += n
	}
	return time.Since(began), size, nil
}

// once runs `lunedi sync` to its end.
func (l lunedi) once(server, token, into string) (took time.Duration, peak int64, err error) {
	cmd := l.syncing(server, token, into)
	out, began := &bytes.Buffer{}, time.Now()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, out)
	}
	took = time.Since(began)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = usage.Maxrss << 10
	}
	return took, peak, nil
}

func (l lunedi) syncing(server, token, into string) *exec.Cmd {
	cmd := exec.Command(l.bin, "sync", "--endpoint", server, "--start-date", "2000-01-01", "--into", into)
	cmd.Env = append(os.Environ(), "LUNEDI_AUTH_TOKEN="+token)
	return cmd
}

// sync measures how fast an account comes into each destination, beside reading the same pages.
func (b *bench) sync() error {
	f, err := b.withItems()
	if err != nil {
		return err
	}
	p, err := b.lunedi.serve("sync", f.file, f.token)
	if err != nil {
		return err
	}
	defer p.stop()
	base, stop, err := postgres(b.dir)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Printf("### Sync: an account with %d items on %d boards, a row for each value too; median of %d\n\n", bulkItems, len(f.boards), b.rounds)
	fmt.Println("| a page takes | into | seconds | rows | rows/s | MB at most | the same pages by a loop, seconds | of the loop |\n|---|---|---|---|---|---|---|---|")
	for _, delay := range delays {
		w, err := newWire(p.url, delay)
		if err != nil {
			return err
		}
		// Once through the wire, to know what is asked.
		if _, _, err := b.lunedi.once(w.url, f.token, "sqlite:"+filepath.Join(b.dir, "asked"+delay.String()+".db")); err != nil {
			return err
		}
		asked := w.asked
		var loops []time.Duration
		for range b.rounds {
			took, _, err := loop(w.url, f.token, asked)
			if err != nil {
				return err
			}
			loops = append(loops, took)
		}
		for _, d := range []struct{ name, into string }{
			{"SQLite", "sqlite:" + filepath.Join(b.dir, "into%d.db")}, {"PostgreSQL", base + "?schema=into%d"},
			{"Parquet", "parquet:" + filepath.Join(b.dir, "parquet%d")}, {"JSON lines", "jsonl:" + filepath.Join(b.dir, "jsonl%d")},
		} {
			var all []time.Duration
			var most int64
			var into string
			for range b.rounds {
				into = fmt.Sprintf(d.into, time.Now().UnixNano())
				took, peak, err := b.lunedi.once(w.url, f.token, into)
				if err != nil {
					return fmt.Errorf("%s: %w", d.name, err)
				}
				all, most = append(all, took), max(most, peak)
			}
			rows, err := b.lunedi.rows(into)
			if err != nil {
				return err
			}
			took, plain := middle(all), middle(loops)
			fmt.Printf("| %s more | %s | %.1f | %d | %.0f | %d | %.1f | **%.2f** |\n", delay, d.name, took.Seconds(), rows, float64(rows)/took.Seconds(), most>>20, plain.Seconds(), plain.Seconds()/took.Seconds())
		}
		w.stop()
	}
	fmt.Println()
	return nil
}

func middle(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// rows counts what `lunedi status` says is there.
func (l lunedi) rows(into string) (n int64, err error) {
	out, err := exec.Command(l.bin, "status", "--into", into).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("status: %w: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "total" {
			return strconv.ParseInt(strings.ReplaceAll(f[1], ",", ""), 10, 64)
		}
	}
	return 0, fmt.Errorf("status tells no total: %s", out)
}

// million reads 1,000,000 items, is killed twice on the way, and goes on.
func (b *bench) million() error {
	const items = 1_000_000
	file, token, _, err := b.lunedi.account(size{100, 10, 200, items})
	if err != nil {
		return err
	}
	p, err := b.lunedi.serve("million", file, token)
	if err != nil {
		return err
	}
	defer p.stop()
	into := "sqlite:" + filepath.Join(b.dir, "million.db")
	began := time.Now()
	var peak int64
	for _, alive := range []time.Duration{20 * time.Second, 45 * time.Second} {
		cmd := b.lunedi.syncing(p.url, token, into)
		if err := cmd.Start(); err != nil {
			return err
		}
		time.Sleep(alive)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			peak = max(peak, usage.Maxrss<<10)
		}
	}
	_, last, err := b.lunedi.once(p.url, token, into)
	if err != nil {
		return err
	}
	took := time.Since(began)
	rows, err := b.lunedi.rows(into)
	if err != nil {
		return err
	}
	// Only the generated boards: of the sample's the token's user cannot see every item.
	const large = " group by board_id having count(*) > 1000"
	kept := strings.TrimPrefix(into, "sqlite:")
	boards, err := ids(kept, "select board_id from items"+large)
	if err != nil {
		return err
	}
	live, err := ids(kept, "select sum(n) from (select count(*) n from items where _deleted_at is null"+large+")")
	if err != nil {
		return err
	}
	there, err := ids(file, "select count(*) from items where state <> 'deleted' and board_id in ("+strings.Trim(strings.Join(strings.Fields(fmt.Sprint(boards)), ","), "[]")+")")
	if err != nil {
		return err
	}
	if live[0] != there[0] {
		return fmt.Errorf("%d items were kept of %d", live[0], there[0])
	}
	fmt.Printf("### A million items into SQLite, killed after 20 seconds and again after 45\n\n%d items, %d rows in %.0f s (%.0f rows/s); resident at most %d MB. None is missing.\n\n",
		live[0], rows, took.Seconds(), float64(rows)/took.Seconds(), max(peak, last)>>20)
	return nil
}

// days counts what an hourly sync costs, beside other ways to do it.
func (b *bench) days() error {
	out, err := exec.Command("go", "test", "-count=1", "-run", "^TestDays$", "-v", "./internal/connector/model").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	fmt.Print("### An hourly sync of 40 boards: what it asks for, and what is wrong in the end\n\n")
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "|") {
			fmt.Println(line)
		}
	}
	fmt.Println()
	return nil
}
