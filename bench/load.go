package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// load is one way of asking: what wrk sends again and again.
type load struct {
	name  string
	url   string
	token string
	query string   // the GraphQL document; %ID% becomes one of ids, %N% a number of its own
	ids   []string // in turn; they need no quoting
}

// sample is what one run of wrk saw.
type sample struct {
	RPS      float64
	P50, P99 float64 // milliseconds
	Requests float64
	Bad      float64 // not 2xx, or sockets that failed
	CPU      float64 // microseconds of the server's CPU per request
}

// script has wrk send the load; "done" prints what we read back.
func (l load) script() string {
	body, _ := json.Marshal(map[string]string{"query": l.query})
	var b strings.Builder
	fmt.Fprintf(&b, "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.headers['Authorization'] = %q\n", l.token)
	if !placeholder.Match(body) {
		fmt.Fprintf(&b, "wrk.body = %s\n", lua(string(body)))
	} else {
		fmt.Fprintf(&b, "local ids, n = {'%s'}, 0\nlocal i = math.random(#ids)\n", strings.Join(l.ids, "','"))
		text := placeholder.ReplaceAllStringFunc(lua(string(body)), func(name string) string {
			return "]==] .. " + map[string]string{"%ID%": "ids[i]", "%N%": "string.format('%d', n)"}[name] + " .. [==["
		})
		fmt.Fprintf(&b, "request = function() i = i %% #ids + 1; n = n + 1; return wrk.format(nil, nil, nil, %s) end\n", text)
	}
	b.WriteString(`done = function(s, lat)
  local bad = s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout
  print(string.format('RESULT %d %d %.3f %.3f %d', s.requests, s.duration, lat:percentile(50)/1000, lat:percentile(99)/1000, bad))
end
`)
	return b.String()
}

var placeholder = regexp.MustCompile("%(ID|N)%")

// once asks what is sent again and again, with the id in the middle.
func (l load) once() ([]byte, error) {
	text := strings.ReplaceAll(l.query, "%N%", "0")
	if len(l.ids) > 0 {
		text = strings.ReplaceAll(text, "%ID%", l.ids[len(l.ids)/2])
	}
	return ask(l.url, l.token, text)
}

func lua(s string) string { return "[==[" + s + "]==]" }

func join(ids []int64) string {
	s := make([]string, len(ids))
	for i, id := range ids {
		s[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(s, ",")
}

// run measures the load for a while; pid is the server whose CPU is counted.
func (l load) run(dir string, conns int, d time.Duration, pids ...int) (sample, error) {
	file := filepath.Join(dir, "load.lua")
	if err := os.WriteFile(file, []byte(l.script()), 0o600); err != nil {
		return sample{}, err
	}
	before := cpu(pids)
	cmd := exec.Command("wrk", "-t1", "-c"+strconv.Itoa(conns), "-d"+strconv.Itoa(int(d.Seconds()))+"s", "--timeout", "20s", "--latency", "-s", file, l.url)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return sample{}, fmt.Errorf("wrk: %w: %s%s", err, out, errs.Bytes())
	}
	spent := cpu(pids) - before
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), "RESULT ")
		if !ok {
			continue
		}
		var s sample
		var micros float64
		if _, err := fmt.Sscan(rest, &s.Requests, &micros, &s.P50, &s.P99, &s.Bad); err != nil {
			return sample{}, fmt.Errorf("read %q: %w", rest, err)
		}
		s.RPS = s.Requests / micros * 1e6
		s.CPU = spent.Seconds() * 1e6 / s.Requests
		return s, nil
	}
	return sample{}, fmt.Errorf("wrk printed no result:\n%s", out)
}

// cpu is the processor time that processes and their children have used so far.
func cpu(pids []int) (sum time.Duration) {
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
		for _, i := range []int{11, 12} { // utime, stime, in ticks of 10 ms
			n, _ := strconv.ParseInt(f[i], 10, 64)
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}

// memory is a process's resident set in MB.
func memory(pid int) float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}
