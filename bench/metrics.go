package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// metrics are a server's metrics by name with labels, as it tells them.
func (p *process) metrics() (map[string]float64, error) {
	res, err := http.Get(strings.TrimSuffix(p.url, "/v2") + "/metrics")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metrics: status %d", res.StatusCode)
	}
	all := map[string]float64{}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if n, err := strconv.ParseFloat(value, 64); ok && err == nil {
			all[name] = n
		}
	}
	return all, lines.Err()
}

// settle waits until the server answers nobody but us.
func (p *process) settle() error {
	for range 1000 {
		all, err := p.metrics()
		if err != nil || all["lunedi_http_requests_in_flight"] <= 1 {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("the server does not come to rest")
}

// held is how much memory a server takes, in MB.
type held struct {
	resident float64 // the process
	live     float64 // what the last collection of garbage left
	content  float64 // what boards take, as the server counts it
	boards   float64 // how many there are in memory
	counted  bool    // the server tells of boards
}

// holds is what a server holds now.
func (p *process) holds() (held, error) {
	all, err := p.metrics()
	_, counted := all["lunedi_content_cache_bytes"]
	return held{
		counted:  counted,
		resident: memory(p.cmd.Process.Pid),
		live:     all["go_memstats_next_gc_bytes"] / (1 + all["go_gc_gogc_percent"]/100) / (1 << 20), // what the next collection is set by
		content:  all["lunedi_content_cache_bytes"] / (1 << 20),
		boards:   all["lunedi_content_cache_boards"],
	}, err
}

// watch looks at what a server holds until it is asked for the most that there was.
func (p *process) watch() (most func() held) {
	stop, done := make(chan struct{}), make(chan held)
	go func() {
		var m held
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			m.resident = max(m.resident, memory(p.cmd.Process.Pid))
			if i%20 == 0 {
				if now, err := p.holds(); err == nil {
					m.live, m.content, m.boards, m.counted = max(m.live, now.live), max(m.content, now.content), now.boards, now.counted
				}
			}
			select {
			case <-tick.C:
			case <-stop:
				done <- m
				return
			}
		}
	}()
	return func() held { close(stop); return <-done }
}

// inBoards is what boards take and how many are in memory, as cells of a table.
func (h held) inBoards() string {
	if !h.counted {
		return "– | –"
	}
	return fmt.Sprintf("%.0f | %.0f", h.content, h.boards)
}
