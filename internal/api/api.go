// Package api speaks the monday.com platform API: GraphQL over POST /v2, with
// its envelopes, errors, versions, scopes and costs, over package work.
//
// The one idea: a resource is one word in every file name. schema/team.graphql
// is the contract, team.go binds it (decode the arguments, call the service,
// return what it says), testdata/team holds the cases. Nothing here decides
// who may do what; that is the service's. What is said on the wire about an
// error stands in one table, in error.go.
package api

import (
	crand "crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/lunedi-dev/lunedi/internal/files"
	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// Config is what a Handler needs.
type Config struct {
	Service *work.Service
	// PublicURL is how people reach the server, without a slash at the end; addresses of users, boards
	// and photos begin with it.
	PublicURL string
	// Strict answers as monday.com does even where a more helpful answer is known: refusals give no
	// reason, ids that are no numbers are internal errors, numbers with leading zeros are syntax errors
	// and there are no warnings.
	Strict bool
	Log    *slog.Logger
	// RequestTimeout bounds one request; 60 seconds when zero.
	RequestTimeout time.Duration
	// MaxBody bounds a request's body in bytes, after it is decompressed and without files; 10 MB when zero.
	MaxBody int
	// MaxAnswer bounds the data of an answer in bytes; 128 MB when zero.
	MaxAnswer int
	// Files keeps what is uploaded; nothing can be when nil. MaxFile bounds a file in bytes; 500 MB when zero.
	Files   *files.Dir
	MaxFile int64
	// SigningKey signs the addresses at which anybody can read a file. Servers that share accounts need
	// the same; when empty a key is made, and addresses end with the Handler.
	SigningKey []byte
	// Limits are what each user's token may ask for.
	Limits Limits
	// Now is the clock and NewID names requests; time.Now and random UUIDs when nil.
	Now   func() time.Time
	NewID func() string
	// Observe, when not nil, is told of every POST to /v2 once it is answered; with Inspect also what was
	// asked and what went wrong, in words. There may be secrets in that.
	Observe func(Observation)
	Inspect bool
}

// Observation is what there is to say about one request.
type Observation struct {
	RequestID string
	Kind      string // query, mutation; "" when it did not come so far
	Name      string // of the operation, if it has one
	Account   work.AccountID
	User      work.UserID
	Version   string
	Cost      int
	Status    int      // of HTTP; 499 when the client went away
	Codes     []string // of the errors in the answer; "" for errors of the document, which have none
	Start     time.Time
	Duration  time.Duration
	Token     work.TokenID
	From      string // the network address, with its port
	Path      string // /v2, /v2/file, or where ServeAs was asked
	// What only Config.Inspect asks for, each cut off at InspectMax bytes.
	Query     string
	Variables string   // JSON
	Errors    []string // the messages of the errors in the answer
}

// InspectMax is how much of a text is told to who inspects requests, in bytes.
const InspectMax = 16 << 10

// Handler serves /v2, /v2/get_schema and /v2/file, and uploaded files under /files/ and
// /protected_static/. It is safe for concurrent use.
type Handler struct {
	cfg     Config
	service *work.Service
	exec    *graphql.Executor
	budgets budgets
	zones   sync.Map // IANA name → *time.Location, nil where there is none
}

// Limits of one document. They are far above what clients send and far below what would hurt.
const (
	maxDocument = 1 << 20
	maxTokens   = 100_000
	maxDepth    = 30
	maxAliases  = 1_000
	maxFields   = 20_000
	maxErrors   = 100
	planMemory  = 32 << 20
	memoMemory  = 64 << 20
)

//go:embed schema
var schemaFiles embed.FS

// New makes a Handler.
func New(cfg Config) (*Handler, error) {
	if cfg.Service == nil {
		return nil, errors.New("api: no service")
	}
	return newHandler(cfg)
}

func newHandler(cfg Config) (*Handler, error) {
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.RequestTimeout <= 0 {
		cfg.RequestTimeout = 60 * time.Second
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 10 << 20
	}
	if cfg.MaxAnswer <= 0 {
		cfg.MaxAnswer = 128 << 20
	}
	if cfg.MaxFile <= 0 || cfg.MaxFile > maxFile {
		cfg.MaxFile = maxFile
	}
	if len(cfg.SigningKey) == 0 {
		cfg.SigningKey = make([]byte, 32)
		_, _ = crand.Read(cfg.SigningKey) // never fails
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = newUUID
	}
	sources, err := schemaSources()
	if err != nil {
		return nil, err
	}
	h := &Handler{cfg: cfg, service: cfg.Service, budgets: budgets{limits: cfg.Limits}}
	h.exec, err = graphql.New(graphql.Config{
		Sources:  sources,
		Versions: versionNames(),
		Bindings: graphql.Bindings{Objects: h.objects(), Scalars: scalars, TypeOf: typeOf, Transient: h.transient()},
		Limits: graphql.Limits{
			DocumentBytes: maxDocument, Tokens: maxTokens, Depth: maxDepth, Aliases: maxAliases, Fields: maxFields,
			Errors: maxErrors, AnswerBytes: cfg.MaxAnswer, PlanBytes: planMemory, MemoBytes: memoMemory, LenientInts: !cfg.Strict,
		},
		Message: func(err error) string { return h.wire(err).message },
	})
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return h, nil
}

func schemaSources() ([]graphql.Source, error) {
	names, err := fs.Glob(schemaFiles, "schema/*.graphql")
	if err != nil {
		return nil, err
	}
	var out []graphql.Source
	for _, name := range names {
		text, err := schemaFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		out = append(out, graphql.Source{Name: path.Base(name), Text: string(text)})
	}
	return out, nil
}

// objects gathers the bindings of all resources.
func (h *Handler) objects() map[string]graphql.Fields {
	all := map[string]graphql.Fields{}
	for _, resource := range []map[string]graphql.Fields{
		h.account(), h.platform(), h.user(), h.team(), h.workspace(), h.version(), h.complexity(),
		h.board(), h.boardView(), h.group(), h.column(), h.item(), h.columnValue(),
		h.update(), h.asset(), h.upload(), h.activity(), h.webhook(), h.doc(), h.folder(), h.tag(), h.notification(), h.aggregate(),
	} {
		for typ, fields := range resource {
			if all[typ] == nil {
				all[typ] = graphql.Fields{}
			}
			for name, f := range fields {
				all[typ][name] = f
			}
		}
	}
	return all
}

// documented is an executor for those who want to read the schema without a service behind it.
var documented = sync.OnceValue(func() *graphql.Executor {
	h, err := newHandler(Config{})
	if err != nil {
		panic(err) // the schema is part of the program
	}
	return h.exec
})

// SDL is a version's schema in schema definition language; "" for a version that is not served.
func SDL(version string) string { return documented().SDL(version) }

// Fields lists a version's fields with their scopes and weights, by type and name.
func Fields(version string) []graphql.FieldInfo { return documented().Fields(version) }

// newUUID makes a random identifier. It names requests and guards nothing.
func newUUID() string {
	const hex = "0123456789abcdef"
	hi, lo := rand.Uint64(), rand.Uint64()
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(3<<62) | 2<<62
	var b [36]byte
	for i, j := 0, 0; i < 36; i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			b[i] = '-'
			continue
		}
		word := hi
		if j >= 16 {
			word = lo
		}
		b[i] = hex[word>>(60-4*(j%16))&15]
		j++
	}
	return string(b[:])
}
