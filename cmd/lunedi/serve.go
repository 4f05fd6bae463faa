package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/seed"
	"github.com/lunedi-dev/lunedi/internal/server"
	"github.com/lunedi-dev/lunedi/internal/store"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/spf13/cobra"
)

// serveConfig is what lunedi serve can be told.
type serveConfig struct {
	Database    string // SQLite file or postgres:// URL
	KeyFile     string // "": lunedi.key beside an SQLite file, or in the current folder
	Listen      string
	PublicURL   string        // "": from Listen
	TLS         server.TLS    // zero: plain HTTP
	Grace       time.Duration // for requests in flight at the end
	Strict      bool          // see api.Config
	Limits      limitsConfig
	Inspect     bool   // see serveOptions
	AccountName string // of the account made at the first start
	AdminName   string // and its first user
	AdminEmail  string
	Proxies     []string // networks of trusted proxies, as they are given
	OIDC        oidcConfig
	Content     contentConfig
	GraphiQL    graphiqlConfig
	Sources     sourcesConfig
	Log         logConfig

	proxies []netip.Prefix // Proxies, read
}

const defaultDatabase = "lunedi.db"

func (p *program) serveCommand() *cobra.Command {
	var c serveConfig
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a server that keeps its data",
		Long: `Serves the accounts of a database. The first start makes one account with its
first admin and prints that admin's API token: once, on standard output.

The database is an SQLite file, which belongs to one process at a time, or
PostgreSQL, which any number of servers can share. Its schema is brought up to
date at start.

Uploaded files are kept in a folder, lunedi-files beside the database.

API tokens are encrypted with a key that is kept apart from the database, in
lunedi.key beside it or in the environment (LUNEDI_KEY, hex or base64). Servers
that share a database need the same key. The auth_tokens of data sources are
encrypted with keys of their own, in lunedi-secret.key or LUNEDI_SECRET_KEY; with
SQLite the first start makes one.

Each flag can be given as an environment variable, --database as LUNEDI_DATABASE.`,
		Example: `  lunedi serve
  lunedi serve --account-name "Fernweh Bikes" --admin-name "Ada" --admin-email ada@example.com
  lunedi serve --listen :8080 --public-url https://api.example.com
  lunedi serve --public-url https://api.example.com --trusted-proxy 127.0.0.1 --trusted-proxy 10.0.0.0/8
  lunedi serve --listen :443 --tls-cert cert.pem --tls-key key.pem
  lunedi serve --public-url https://api.example.com --oidc-issuer https://id.example.com --oidc-client-id lunedi --oidc-client-secret-file secret
  LUNEDI_DATABASE=postgres://lunedi@db.example.com/lunedi lunedi serve`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.validate(); err != nil {
				return err
			}
			return p.serve(cmd.Context(), c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Database, "database", defaultDatabase, "SQLite file, or postgres://USER@HOST/NAME")
	f.StringVar(&c.KeyFile, "key-file", "", "file with the key that encrypts tokens (default: lunedi.key beside an SQLite file, or in the current folder)")
	f.StringVar(&c.Listen, "listen", defaultListen, "address to listen on; :8080 is every address of this machine")
	f.StringVar(&c.PublicURL, "public-url", "", "how people reach this server, for addresses in answers (default: from --listen)")
	f.StringSliceVar(&c.Proxies, "trusted-proxy", nil, "address or network (10.0.0.0/8) of proxies that are believed when they say in X-Forwarded-For whom they ask for; may be given several times")
	f.StringVar(&c.TLS.Cert, "tls-cert", "", "certificate file; HTTPS is served with it")
	f.StringVar(&c.TLS.Key, "tls-key", "", "private key file of --tls-cert")
	f.DurationVar(&c.Grace, "shutdown-timeout", 30*time.Second, "how long requests in flight may take to finish at the end")
	f.BoolVar(&c.Strict, "strict", false, "be as unhelpful as the real service, as with numbers that have leading zeros")
	c.Limits.flags(f)
	f.BoolVar(&c.Inspect, "inspect", false, "keep the latest operations and their variables in memory, for the console's page of requests; there may be secrets in them")
	f.StringVar(&c.AccountName, "account-name", "Lunedi", "name of the account that the first start makes")
	f.StringVar(&c.AdminName, "admin-name", "Admin", "name of its first admin")
	f.StringVar(&c.AdminEmail, "admin-email", "admin@example.com", "e-mail address of its first admin")
	c.OIDC.flags(f)
	c.GraphiQL.flags(f)
	c.Content.flags(f, "default: lunedi-files beside an SQLite file, or in the current folder; servers that share a database share it", false)
	c.Sources.flags(f)
	c.Log.flags(f, "info")
	return cmd
}

func (c *serveConfig) validate() error {
	var errs []error
	if c.Database == "" {
		errs = append(errs, errors.New("--database: a file or a postgres:// URL is needed"))
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		errs = append(errs, errors.New("--tls-cert and --tls-key are given together or not at all"))
	} else if c.TLS.Cert != "" {
		if _, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key); err != nil {
			errs = append(errs, fmt.Errorf("--tls-cert, --tls-key: %w", err))
		}
	}
	if c.Grace < 0 {
		errs = append(errs, fmt.Errorf("--shutdown-timeout: %s is below 0", c.Grace))
	}
	errs = append(errs, checkPublicURL(c.PublicURL), c.readProxies(), c.Limits.validate())
	if strings.TrimSpace(c.AccountName) == "" || strings.TrimSpace(c.AdminName) == "" {
		errs = append(errs, errors.New("--account-name and --admin-name cannot be empty"))
	}
	if !strings.Contains(strings.Trim(c.AdminEmail, "@"), "@") {
		errs = append(errs, fmt.Errorf("--admin-email: %q is not an e-mail address", c.AdminEmail))
	}
	c.Database = strings.TrimPrefix(c.Database, "sqlite:")
	if c.KeyFile == "" {
		c.KeyFile = besideDatabase(c.Database, "lunedi.key")
	}
	if c.Content.Files == "" {
		c.Content.Files = besideDatabase(c.Database, "lunedi-files")
	}
	c.Sources.complete(c.Database)
	return faults(append(errs, hostPort("listen", c.Listen), c.OIDC.validate(), c.GraphiQL.validate(), c.Content.validate(), c.Sources.validate(c.Database), c.Log.validate())...)
}

// readProxies reads the networks of trusted proxies. All the world is refused: then anybody could be anybody.
func (c *serveConfig) readProxies() error {
	c.proxies = nil
	for _, text := range c.Proxies {
		p, err := netip.ParsePrefix(text)
		if at, bad := netip.ParseAddr(text); bad == nil {
			p, err = netip.PrefixFrom(at.WithZone(""), at.BitLen()), nil
		}
		switch {
		case err != nil:
			return fmt.Errorf("--trusted-proxy: %q is no address or network; write it as 10.0.0.5 or 10.0.0.0/8", text)
		case p.Bits() == 0:
			return fmt.Errorf("--trusted-proxy: %s is everybody, who could then say to come from anywhere; give the addresses of the proxies alone", text)
		case p.Addr().Is4In6():
			return fmt.Errorf("--trusted-proxy: write %s as an IPv4 network", text)
		}
		c.proxies = append(c.proxies, p.Masked())
	}
	return nil
}

func checkPublicURL(text string) error {
	if u, err := url.Parse(text); text != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return fmt.Errorf("--public-url: %q is not like https://api.example.com", text)
	}
	return nil
}

func (p *program) serve(ctx context.Context, c serveConfig) (err error) {
	ignoreFileSizeSignal()
	log := c.Log.logger(p.stderr)
	ln, err := server.Listen(c.Listen, 0)
	if err != nil {
		return err
	}
	defer ln.Close()
	s, err := p.openServed(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	at := newListener(ln, c.TLS)
	public := at.url
	if c.PublicURL != "" {
		public = strings.TrimRight(c.PublicURL, "/")
	}
	accounts, err := p.firstAccount(ctx, s, c, public)
	if err != nil {
		return err
	}
	if err := s.preload(ctx, accounts); err != nil {
		return err
	}
	return s.serve(ctx, at, serveOptions{publicURL: public, strict: c.Strict, limits: c.Limits.limits, oidc: c.OIDC.console(), inspect: c.Inspect, requests: c.Log.Requests, proxies: c.proxies, graphiql: c.GraphiQL.files, grace: c.Grace, ready: func() {
		log.Info("serving", "version", version(), "address", at.url, "public_url", public, "database", withoutPassword(c.Database))
	}})
}

// openServed opens the database with its key. A key is made with the database only: one made later
// could not show the tokens that are there.
func (p *program) openServed(ctx context.Context, c serveConfig, log *slog.Logger) (*stack, error) {
	key, err := loadKey(p.getenv, c.KeyFile)
	missing := errors.Is(err, errNoKey)
	if err != nil && !missing {
		return nil, err
	}
	if missing {
		key = newKey() // for as long as it takes to see that there is nothing to be opened with it
	}
	config := stackConfig{database: c.Database, store: store.Options{Migrate: true}, key: key, content: c.Content, sources: c.Sources, log: log}
	ring, made, err := c.Sources.secretKeys(p.getenv, c.Database)
	if err != nil {
		return nil, err
	}
	if made {
		log.Info("made the key that encrypts the auth_tokens of data sources; keep it apart from backups of the database", "file", absolute(c.Sources.KeyFile))
	}
	config.ring = ring
	s, err := openStack(ctx, config)
	if err != nil || !missing {
		return s, err
	}
	accounts, err := s.service.Accounts(ctx)
	if err == nil && len(accounts) > 0 {
		err = fmt.Errorf("the database has an account, but its key is missing: put it into %s or %s. Without it no token could be shown again; "+
			"to begin with a new one all the same: openssl rand -base64 32 > %s", c.KeyFile, keyVariable, c.KeyFile)
	}
	if err = errors.Join(err, s.close()); err != nil {
		return nil, err
	}
	if key, err = createKey(c.KeyFile); err != nil {
		return nil, err
	}
	log.Info("made the key that encrypts API tokens; keep it apart from backups of the database", "file", absolute(c.KeyFile))
	config.key = key
	return openStack(ctx, config)
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func withoutPassword(database string) string {
	if u, err := url.Parse(database); err == nil && isPostgres(database) {
		return u.Redacted()
	}
	return database
}

// firstAccount lists the accounts; where there is none it makes one and prints its admin's token.
func (p *program) firstAccount(ctx context.Context, s *stack, c serveConfig, public string) ([]work.AccountID, error) {
	accounts, err := s.service.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return accounts, err
	}
	secret := work.NewSecret()
	made := c.account(time.Now().UTC().Truncate(time.Microsecond))
	admin := made.Users[0]
	token, err := s.service.MakeToken(1, admin.ID, "", secret, admin.CreatedAt)
	if err != nil {
		return nil, err
	}
	made.Tokens = []*work.Token{token}
	if err := s.service.NewAccount(ctx, made); err != nil {
		// Another server on the same database may have been quicker.
		if accounts, listErr := s.service.Accounts(ctx); listErr == nil && len(accounts) > 0 {
			return accounts, nil
		}
		return nil, err
	}
	by, err := s.service.As(ctx, made.Account.ID, admin.ID)
	if err != nil {
		return nil, err
	}
	link, err := s.service.NewLink(ctx, by, admin.ID)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(p.stdout, "Made the account %q with its first admin, %s <%s>.\nSet a password within a week: %s/welcome?link=%s\nAPI token, shown only now: %s\n",
		c.AccountName, admin.Name, admin.Email, public, link, secret)
	return []work.AccountID{made.Account.ID}, nil
}

// account is a new organisation: an admin and the Main Workspace.
func (c *serveConfig) account(now time.Time) *work.Snapshot {
	admin := &work.User{ID: 1, Name: strings.TrimSpace(c.AdminName), Email: strings.TrimSpace(c.AdminEmail), Role: work.Admin, Status: work.Active,
		Verified: true, Language: "en", TimeZone: "UTC", JoinDate: work.Date(now.Format(time.DateOnly)), CreatedAt: now}
	main := &work.Workspace{ID: 2, Name: work.MainName, Kind: work.Open, State: work.StateActive, CreatedBy: admin.ID, CreatedAt: now}
	return &work.Snapshot{
		Account: work.Account{ID: 1, Name: strings.TrimSpace(c.AccountName), Slug: seed.Slug(c.AccountName), FirstDay: "monday", CreatedAt: now,
			MainWorkspace: main.ID, LastID: 1000},
		Users:      []*work.User{admin},
		Workspaces: []*work.Workspace{main},
	}
}
