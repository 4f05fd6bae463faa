package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/seed"
	"github.com/lunedi-dev/lunedi/internal/server"
	"github.com/lunedi-dev/lunedi/internal/store"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/spf13/cobra"
)

// devConfig is what lunedi dev can be told.
type devConfig struct {
	Listen   string // must be loopback: the tokens are published
	Free     bool   // Listen was left out, so that another port will do
	Keep     string // folder of the database; "" is a temporary one
	Seed     string // file of the account; "" is the sample
	Users    int    // generated in addition, and so on
	Teams    int
	Boards   int
	Items    int
	Strict   bool // see api.Config
	Limits   limitsConfig
	Faults   float64 // of 100 queries
	Content  contentConfig
	GraphiQL graphiqlConfig
	Sources  sourcesConfig
	Log      logConfig
}

const defaultListen = "127.0.0.1:8080"

func (p *program) devCommand() *cobra.Command {
	var c devConfig
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run a disposable sandbox with a sample account",
		Long: `Runs a complete account on this machine, for trying things out and for tests:
an invented company that holds every id of the API's public documentation, and
four well-known tokens, dev-admin, dev-member, dev-guest and dev-viewer.

Whatever is changed is gone when it stops, unless --keep names a folder. Since
its tokens are known to everybody it listens on loopback addresses only.

Each flag can be given as an environment variable, --seed as LUNEDI_SEED.`,
		Example: `  lunedi dev
  lunedi dev --listen 127.0.0.1:9000
  lunedi dev --keep ./sandbox                     keep it, and go on with it next time
  lunedi seed print > my.yaml; lunedi dev --seed my.yaml
  lunedi dev --users 10000 --teams 500 --boards 1000 --items 100000
  lunedi dev --strict                             refuse what the real service refuses
  lunedi dev --limits free                        allow no more calls than its free plan
  lunedi dev --faults 10                          fail as it does: see whether a client copes`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Free = !cmd.Flags().Changed("listen")
			if err := c.validate(); err != nil {
				return err
			}
			return p.dev(cmd.Context(), c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", defaultListen, "loopback address to listen on; left out, another port is taken if 8080 is not free")
	f.StringVar(&c.Keep, "keep", "", "folder to keep the account in; it is used again if there is one already")
	f.StringVar(&c.Seed, "seed", "", "YAML file that describes the account, instead of the sample")
	f.IntVar(&c.Users, "users", 0, "add so many generated users")
	f.IntVar(&c.Teams, "teams", 0, "add so many generated teams of 35 to 45")
	f.IntVar(&c.Boards, "boards", 0, "add so many generated boards, and a workspace for every five")
	f.IntVar(&c.Items, "items", 0, "add so many generated items, on the generated boards")
	f.BoolVar(&c.Strict, "strict", false, "be as unhelpful as the real service, as with numbers that have leading zeros")
	c.Limits.flags(f)
	f.Float64Var(&c.Faults, "faults", 0, "let about so many of 100 queries fail, or be answered wrongly, in all the ways that were seen of the real service")
	c.GraphiQL.flags(f)
	c.Content.flags(f, "default: beside the database, so that they go when it does", true)
	c.Sources.flags(f)
	c.Log.flags(f, "warn")
	return cmd
}

func (c *devConfig) validate() error {
	return faults(
		loopback("listen", c.Listen),
		notNegative("users", c.Users),
		notNegative("teams", c.Teams),
		notNegative("boards", c.Boards),
		notNegative("items", c.Items),
		c.Limits.validate(),
		percent("faults", c.Faults),
		c.GraphiQL.validate(),
		c.Content.validate(),
		c.Sources.validate(defaultDatabase),
		c.Log.validate())
}

// loopback refuses addresses that others than this machine can reach.
func loopback(flag, address string) error {
	if err := hostPort(flag, address); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("--%s: %q can be reached from other machines, and everybody knows the sandbox's tokens: "+
		"listen on 127.0.0.1 or [::1], or use 'lunedi serve', whose tokens are secret", flag, address)
}

// portsToTry is how many ports above 8080 the sandbox may take.
const portsToTry = 100

func (p *program) dev(ctx context.Context, c devConfig) (err error) {
	next := 0
	if c.Free {
		next = portsToTry
	}
	ln, err := server.Listen(c.Listen, next)
	if err != nil {
		return err
	}
	defer ln.Close()
	dir, key, cleanup, err := c.folder()
	if err != nil {
		return err
	}
	defer cleanup()
	if c.Content.Files == "" {
		c.Content.Files = filepath.Join(dir, "files")
	}
	at := newListener(ln, server.TLS{})
	c.Sources.Endpoints = append(c.Sources.Endpoints, at.url+"/v2")
	database := filepath.Join(dir, "lunedi.db")
	c.Sources.complete(database)
	ring, _, err := c.Sources.secretKeys(p.getenv, database)
	if err != nil {
		return err
	}
	s, err := openStack(ctx, stackConfig{database: database, store: store.Options{Migrate: true, Relaxed: true}, key: key,
		wellKnown: true, content: c.Content, sources: c.Sources, ring: ring, log: c.Log.logger(p.stderr)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	box, err := c.fill(ctx, s)
	if err != nil {
		return err
	}
	box.url, box.kept = at.url, c.Keep
	return s.serve(ctx, at, serveOptions{publicURL: at.url, strict: c.Strict, limits: c.Limits.limits, faults: c.Faults, sandbox: true, inspect: true, graphiql: c.GraphiQL.files, requests: c.Log.Requests, grace: 5 * time.Second,
		ready: func() { fmt.Fprint(p.stdout, box.welcome()) }})
}

// folder makes the folder of the database and the key, and says how to leave it.
func (c *devConfig) folder() (dir string, key []byte, cleanup func(), err error) {
	if c.Keep != "" {
		if err := os.MkdirAll(c.Keep, 0o700); err != nil {
			return "", nil, nil, fmt.Errorf("--keep: %w", err)
		}
		key, err := createKey(filepath.Join(c.Keep, "lunedi.key"))
		return c.Keep, key, func() {}, err
	}
	if dir, err = os.MkdirTemp("", "lunedi-dev-"); err != nil {
		return "", nil, nil, err
	}
	return dir, newKey(), func() { os.RemoveAll(dir) }, nil
}

// sandbox is what there is to tell about a filled database.
type sandbox struct {
	url, kept string
	reused    bool // the folder had an account already
	name      string
	tokens    []seed.Token
	sizes     [4]int // users, teams, workspaces, boards
}

// fill stores the account that is asked for, unless there is one, and loads it.
func (c *devConfig) fill(ctx context.Context, s *stack) (*sandbox, error) {
	described, err := c.seed()
	if err != nil {
		return nil, err
	}
	described.WellKnown()
	accounts, err := s.service.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	if len(accounts) > 0 {
		return s.goOn(ctx, accounts[0], described.Tokens)
	}
	snap := described.Snapshot
	seed.Generate(snap, seed.Bulk{Users: c.Users, Teams: c.Teams, Boards: c.Boards, Workspaces: seed.WorkspacesFor(c.Boards), Items: c.Items, Seed: 1})
	if err := described.Seal(s.service.MakeToken); err != nil {
		return nil, err
	}
	if err := s.service.NewAccount(ctx, snap); err != nil {
		return nil, err
	}
	return &sandbox{name: snap.Account.Name, tokens: described.Tokens,
		sizes: [4]int{len(snap.Users), len(snap.Teams), len(snap.Workspaces), len(snap.Boards)}}, s.preload(ctx, []work.AccountID{snap.Account.ID})
}

// goOn is for an account that is there already.
func (s *stack) goOn(ctx context.Context, id work.AccountID, tokens []seed.Token) (*sandbox, error) {
	v, err := s.view(ctx, id)
	if err != nil {
		return nil, err
	}
	box := &sandbox{reused: true, name: v.Account().Name, tokens: s.stillKnown(ctx, tokens)}
	box.sizes[0], box.sizes[1], box.sizes[2], box.sizes[3] = v.Count()
	return box, nil
}

func (c *devConfig) seed() (*seed.Seed, error) {
	if c.Seed == "" {
		return seed.Parse(seed.SampleName, seed.Sample)
	}
	text, err := os.ReadFile(c.Seed)
	if err != nil {
		return nil, fmt.Errorf("--seed: %w", err)
	}
	return seed.Parse(c.Seed, text)
}

// stillKnown are the tokens that have not been revoked.
func (s *stack) stillKnown(ctx context.Context, tokens []seed.Token) (known []seed.Token) {
	for _, t := range tokens {
		if _, err := s.service.Authenticate(ctx, t.Secret); err == nil || work.ErrorOf(err).Code == work.CodeNoAccess {
			known = append(known, t)
		}
	}
	return known
}

// welcome tells a newcomer what to do.
func (b *sandbox) welcome() string {
	var w strings.Builder
	fmt.Fprintf(&w, "Lunedi %s: a sandbox with %q: %d users, %d teams, %d workspaces, %d boards\n\n", version(), b.name,
		b.sizes[0], b.sizes[1], b.sizes[2], b.sizes[3])
	fmt.Fprintf(&w, "  Address     %s\n  Console     %s/\n  API         %s/v2\n\n", b.url, b.url, b.url)
	for i, t := range b.tokens {
		fmt.Fprintf(&w, "  %-11s %-12s %s, %s\n", map[bool]string{true: "Tokens"}[i == 0], t.Secret, t.User.Name, roleWords[t.User.Role])
	}
	token := "TOKEN"
	if len(b.tokens) > 0 {
		token = b.tokens[0].Secret
	}
	fmt.Fprintf(&w, "\n  Try it      curl -s %s/v2 -H 'Authorization: %s' -H 'Content-Type: application/json' -d '{\"query\":\"{ me { name } teams { name users { name email } } }\"}'\n\n", b.url, token)
	fmt.Fprintf(&w, "  JavaScript  npm install @mondaydotcomorg/api, then\n")
	fmt.Fprintf(&w, "              import { ApiClient } from '@mondaydotcomorg/api'\n")
	fmt.Fprintf(&w, "              const client = new ApiClient({ token: '%s', endpoint: '%s/v2' })\n", token, b.url)
	fmt.Fprintf(&w, "              const { me } = await client.request('{ me { id name } }')\n\n")
	for _, t := range b.tokens { // sources are read with an admin's
		if t.User.Role == work.Admin {
			token = t.Secret
			break
		}
	}
	fmt.Fprintf(&w, "  Connector   the sandbox as its own data source: %s/admin/connections/sources/new\n", b.url)
	fmt.Fprintf(&w, "              auth_token %s, start_date 2024-01-01, under More settings Service %s/v2; or\n", token, b.url)
	fmt.Fprintf(&w, "              LUNEDI_AUTH_TOKEN=%s lunedi sync --endpoint %s/v2 --start-date 2024-01-01 --into sqlite:account.db\n\n", token, b.url)
	switch {
	case b.reused:
		fmt.Fprintf(&w, "  The account in %s goes on; --seed, --users, --teams, --boards and --items count for new ones only. Ctrl-C stops.\n", b.kept)
	case b.kept != "":
		fmt.Fprintf(&w, "  Everything is kept in %s. Ctrl-C stops.\n", b.kept)
	default:
		fmt.Fprintf(&w, "  Ctrl-C stops, and everything is gone then; --keep DIR keeps it.\n")
	}
	return w.String()
}

var roleWords = map[work.Role]string{
	work.Admin:  "an admin",
	work.Member: "a member",
	work.Guest:  "a guest, on the boards shared with them",
	work.Viewer: "a viewer, whom the API refuses (403)",
}
