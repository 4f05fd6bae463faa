package server

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics counts what a process does. Counters on the way of every request are found beforehand, so
// that counting costs a few atomic additions.
type Metrics struct {
	registry *prometheus.Registry
	inFlight prometheus.Gauge
	panics   prometheus.Counter
	routes   [len(routeNames)]routeMetrics
	kinds    map[string]*kindMetrics

	commits map[string]prometheus.Counter // by result
	commit  prometheus.Histogram
	changes prometheus.Counter
}

// routeNames are the labels of the routes. Paths themselves are the client's to choose and would be without end.
var routeNames = [...]string{"api", "file", "schema", "health", "metrics", "download", "other"}

type routeMetrics struct {
	status [6]prometheus.Counter // by the first digit of the status
	took   prometheus.Histogram
}

type kindMetrics struct {
	ok, failed prometheus.Counter
	cost       prometheus.Histogram
}

// OperationKinds are the kinds of operation that are counted; any other is counted as the last.
var OperationKinds = []string{"query", "mutation", "invalid"}

var (
	requestBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60}
	costBuckets    = []float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 5e6}
)

// NewMetrics makes the counters of a process of this version.
func NewMetrics(version, goVersion string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), kinds: map[string]*kindMetrics{}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := gauge("lunedi_build_info", "1, with the version of the program as labels.")
	build.ConstLabels = prometheus.Labels{"version": version, "go": goVersion}
	info := prometheus.NewGauge(build)
	info.Set(1)
	m.inFlight = prometheus.NewGauge(gauge("lunedi_http_requests_in_flight", "Requests being answered now."))
	m.panics = prometheus.NewCounter(prometheus.CounterOpts{Name: "lunedi_panics_total", Help: "Requests that ended in a panic: faults of the program."})
	m.registry.MustRegister(info, m.inFlight, m.panics)
	m.makeRequests()
	m.makeOperations()
	m.makeCommits()
	return m
}

func gauge(name, help string) prometheus.GaugeOpts {
	return prometheus.GaugeOpts{Name: name, Help: help}
}

func (m *Metrics) makeRequests() {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lunedi_http_requests_total", Help: "Requests answered, by route and class of status."},
		[]string{"route", "status"})
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lunedi_http_request_duration_seconds", Help: "From a request's header to the end of its answer.",
		Buckets: requestBuckets}, []string{"route"})
	m.registry.MustRegister(total, took)
	for i, route := range routeNames {
		for class := range m.routes[i].status {
			m.routes[i].status[class] = total.WithLabelValues(route, strconv.Itoa(class)+"xx")
		}
		m.routes[i].took = took.WithLabelValues(route).(prometheus.Histogram)
	}
}

func (m *Metrics) makeOperations() {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lunedi_operations_total",
		Help: "GraphQL operations, by kind and by whether their answer has errors. Most failed operations are answered with HTTP 200."}, []string{"kind", "result"})
	cost := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lunedi_operation_complexity", Help: "Complexity points of operations.", Buckets: costBuckets},
		[]string{"kind"})
	m.registry.MustRegister(total, cost)
	for _, kind := range OperationKinds {
		m.kinds[kind] = &kindMetrics{total.WithLabelValues(kind, "ok"), total.WithLabelValues(kind, "failed"),
			cost.WithLabelValues(kind).(prometheus.Histogram)}
	}
}

func (m *Metrics) makeCommits() {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lunedi_commits_total", Help: "Transactions, by whether the database has taken them."}, []string{"result"})
	m.commits = map[string]prometheus.Counter{}
	for _, result := range []string{CommitOK, CommitBehind, CommitFailed} {
		m.commits[result] = total.WithLabelValues(result)
	}
	m.commit = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "lunedi_commit_duration_seconds", Help: "Until the database has taken a transaction.", Buckets: requestBuckets})
	m.changes = prometheus.NewCounter(prometheus.CounterOpts{Name: "lunedi_committed_changes_total", Help: "Rows changed by transactions."})
	m.registry.MustRegister(total, m.commit, m.changes)
}

// request counts an answered request.
func (m *Metrics) request(path string, status int, took time.Duration) {
	r := &m.routes[routeOf(path)]
	r.status[min(max(status/100, 0), 5)].Inc()
	r.took.Observe(took.Seconds())
}

func routeOf(path string) int {
	switch path {
	case "/v2", "/v2/":
		return 0
	case "/v2/file", "/v2/file/":
		return 1
	case "/v2/get_schema":
		return 2
	case "/healthz", "/readyz":
		return 3
	case "/metrics":
		return 4
	}
	if strings.HasPrefix(path, "/files/") || strings.HasPrefix(path, "/protected_static/") {
		return 5
	}
	return 6
}

// Operation counts a GraphQL operation.
func (m *Metrics) Operation(kind string, failed bool, cost int) {
	k := m.kinds[kind]
	if k == nil {
		k = m.kinds[OperationKinds[len(OperationKinds)-1]]
	}
	if failed {
		k.failed.Inc()
	} else {
		k.ok.Inc()
	}
	k.cost.Observe(float64(cost))
}

// Results of a commit.
const (
	CommitOK     = "ok"
	CommitBehind = "behind" // another process was quicker; it is tried again
	CommitFailed = "failed"
)

// Commit counts a transaction that the database was asked to take.
func (m *Metrics) Commit(result string, changes int, took time.Duration) {
	m.commits[result].Inc()
	m.commit.Observe(took.Seconds())
	if result == CommitOK {
		m.changes.Add(float64(changes))
	}
}

// AccountSize is how much an account holds.
type AccountSize struct {
	Account                          string
	Users, Teams, Workspaces, Boards int
}

// ContentCache tells at each scrape how much memory boards take, about, and how many are loaded.
func (m *Metrics) ContentCache(size func() (bytes int64, boards int)) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lunedi_content_cache_bytes", Help: "Memory taken by what is on boards, about."},
			func() float64 { n, _ := size(); return float64(n) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lunedi_content_cache_boards", Help: "Boards in memory."},
			func() float64 { _, n := size(); return float64(n) }))
}

// Accounts adds the sizes of accounts, asked for at every scrape.
func (m *Metrics) Accounts(sizes func(context.Context) []AccountSize) {
	m.registry.MustRegister(accountCollector{sizes})
}

type accountCollector struct {
	sizes func(context.Context) []AccountSize
}

var accountRows = prometheus.NewDesc("lunedi_account_rows", "What an account holds, by kind.", []string{"account", "kind"}, nil)

func (c accountCollector) Describe(ch chan<- *prometheus.Desc) { ch <- accountRows }

func (c accountCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	for _, s := range c.sizes(ctx) {
		for kind, n := range map[string]int{"user": s.Users, "team": s.Teams, "workspace": s.Workspaces, "board": s.Boards} {
			ch <- prometheus.MustNewConstMetric(accountRows, prometheus.GaugeValue, float64(n), s.Account, kind)
		}
	}
}
