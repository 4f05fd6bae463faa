package main

import (
	"bufio"
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

// held is how much memory a server takes, in MB.
type held struct {
	resident, heap, content float64 // the process, Go's heap in use, what boards take
	boards                  float64
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
				if all, err := p.metrics(); err == nil {
					m.heap = max(m.heap, all["go_memstats_heap_inuse_bytes"]/(1<<20))
					m.content = max(m.content, all["lunedi_content_cache_bytes"]/(1<<20))
					m.boards = all["lunedi_content_cache_boards"]
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
