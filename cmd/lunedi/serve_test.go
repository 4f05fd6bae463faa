package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

// TestServe: the first start makes an account and tells its token, once; the second goes on with it.
func TestServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir, "--account-name", "Fernweh & Co", "--admin-name", "Ada", "--admin-email", "ada@example.com", "--public-url", "https://api.example.com/")
	token := p.firstToken(t)
	if said := p.stdout.String(); !strings.Contains(said, `Made the account "Fernweh & Co" with its first admin, Ada <ada@example.com>.`) {
		t.Errorf("it says %s", said)
	}
	a := p.ask(t, token, "{ me { name email is_admin url } account { name slug } boards { id workspace { id } } workspaces(ids: [-1]) { id name } }")
	if !strings.Contains(a.text, `"me":{"name":"Ada","email":"ada@example.com","is_admin":true,"url":"https://api.example.com/`) ||
		!strings.Contains(a.text, `"account":{"name":"Fernweh & Co","slug":"fernweh-co"}`) {
		t.Error(a.text)
	}
	for _, name := range []string{"lunedi.db", "lunedi.key"} {
		if m := fileMode(t, dir, name); m != 0o600 {
			t.Errorf("%s has mode %o", name, m)
		}
	}
	if code := p.stop(t); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.stderr)
	}
	p = serve(t, dir)
	if said := p.stdout.String(); said != "" {
		t.Errorf("the second start says %s", said)
	}
	p.ask(t, token, "{ me { id } }")
	if log := p.stderr.String(); strings.Contains(log, token) || !strings.Contains(log, `"msg":"serving"`) {
		t.Errorf("log: %s", log)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "lunedi.db")); err != nil || strings.Contains(string(b), token) {
		t.Errorf("the token is in the database as it is: %v", err)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := p.get(t, path); status != 200 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if _, body := p.get(t, "/metrics"); !strings.Contains(body, `lunedi_account_rows{account="1",kind="user"} 1`) {
		t.Errorf("metrics: %s", body)
	}
}

// TestServeRefusesWellKnown: the sandbox's tokens open nothing that others can reach.
func TestServeRefusesWellKnown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dev := start(t, lunedi(dir, nil, "dev", "--listen", "127.0.0.1:0", "--keep", dir))
	dev.stop(t)
	p := serve(t, dir)
	if a, err := post(http.DefaultClient, p.url, "dev-admin", "{ me { id } }"); err != nil || a.status != http.StatusUnauthorized {
		t.Errorf("%+v %v", a, err)
	}
}

// TestServeKey: a database goes with its key.
func TestServeKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	token := p.firstToken(t)
	secret := "{ me { encrypt_api_token } }"
	if a := p.ask(t, token, secret); !strings.Contains(a.text, token) {
		t.Errorf("the token cannot be shown: %s", a.text)
	}
	p.stop(t)
	file := filepath.Join(dir, "lunedi.key")
	key, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file, filepath.Join(dir, "other.key")); err != nil {
		t.Fatal(err)
	}
	fails(t, exitError, "the database has an account, but its key is missing: put it into lunedi.key or LUNEDI_KEY", dir, nil, "serve", "--listen", "127.0.0.1:0")
	if _, err := os.Stat(file); err == nil {
		t.Error("a new key was made for an old database")
	}
	p = serve(t, dir, "--key-file", "other.key")
	if a := p.ask(t, token, secret); !strings.Contains(a.text, token) {
		t.Error(a.text)
	}
	p.stop(t)
	p = start(t, lunedi(dir, []string{"LUNEDI_KEY=" + strings.TrimSpace(string(key))}, "serve", "--listen", "127.0.0.1:0"))
	if a := p.ask(t, token, secret); !strings.Contains(a.text, token) {
		t.Error(a.text)
	}
	p.stop(t)
	fails(t, exitError, "LUNEDI_KEY: not a key: 32 bytes as hex or base64 are expected", dir, []string{"LUNEDI_KEY=abc"}, "serve", "--listen", "127.0.0.1:0")
}

func TestServeFlags(t *testing.T) {
	t.Parallel()
	r := do(t, t.TempDir(), nil, "serve", "--database", "", "--tls-cert", "x", "--public-url", "example.com", "--admin-email", "ada", "--admin-name", " ",
		"--shutdown-timeout", "-1s", "--listen", "8080", "--log-level", "x")
	for _, want := range []string{"--database: a file or", "--tls-cert and --tls-key are given together", `--public-url: "example.com" is not like`,
		`--admin-email: "ada" is not`, "--account-name and --admin-name cannot be empty", "--shutdown-timeout: -1s is below 0", `--listen: "8080" is not HOST:PORT`, "--log-level"} {
		if r.code != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("exit code %d, and it does not say %q: %s", r.code, want, r.stderr)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dir := t.TempDir()
	fails(t, exitError, "the port is taken by another program; give another with --listen", dir, nil, "serve", "--listen", ln.Addr().String())
	if _, err := os.Stat(filepath.Join(dir, "lunedi.db")); err == nil {
		t.Error("a server that could not start has made a database")
	}
	fails(t, exitError, "no such file or directory", dir, nil, "serve", "--listen", "127.0.0.1:0", "--database", "no/such/folder/x.db")
}

// TestServeTwice: an SQLite file has one server, and the second says so.
func TestServeTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	token := p.firstToken(t)
	fails(t, exitError, "lunedi.db is in use by another process (pid ", dir, nil, "serve", "--listen", "127.0.0.1:0")
	fails(t, exitError, "beside a running server use its API, or PostgreSQL", dir, nil, "admin", "token", "list")
	fails(t, exitError, "is in use by another process", dir, nil, "migrate")
	if out := must(t, dir, nil, "migrate", "--status"); !strings.Contains(out, "The schema is up to date") {
		t.Errorf("status: %s", out)
	}
	p.ask(t, token, "{ me { id } }")
	p.kill()
	serve(t, dir).ask(t, token, "{ me { id } }") // a lock does not outlive its holder
}

func TestServeTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pool := certificate(t, dir)
	p := serve(t, dir, "--tls-cert", "cert.pem", "--tls-key", "key.pem")
	if !strings.HasPrefix(p.url, "https://127.0.0.1:") {
		t.Fatalf("it listens on %s", p.url)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	a, err := post(client, p.url, p.firstToken(t), "{ me { url } }")
	if err != nil || !strings.Contains(a.text, p.url) {
		t.Errorf("%+v %v", a, err)
	}
	fails(t, exitUsage, "--tls-cert, --tls-key: open nowhere.pem", t.TempDir(), nil, "serve", "--listen", "127.0.0.1:0", "--tls-cert", "nowhere.pem", "--tls-key", "nowhere.pem")
}

// certificate writes a certificate for 127.0.0.1 and its key, and returns who trusts it.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	trusted, err := x509.ParseCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(trusted)
	return pool
}

// TestServePostgres: nodes share an account, admin commands work beside them, and a revoked token
// ends on all of them at once.
func TestServePostgres(t *testing.T) {
	t.Parallel()
	dir, db := t.TempDir(), pgtest.Start(t)
	a := serve(t, dir, "--database", db)
	b := serve(t, dir, "--database", db)
	first := a.firstToken(t)
	if said := b.stdout.String(); said != "" {
		t.Errorf("the second node says %s", said)
	}
	b.ask(t, first, "{ me { id } }")
	env := []string{"LUNEDI_DATABASE=" + db}
	must(t, dir, env, "admin", "user", "create", "--name", "Grace", "--email", "grace@example.com")
	token := strings.TrimSpace(must(t, dir, env, "admin", "token", "create", "--user", "grace@example.com", "--name", "ci"))
	for _, node := range []*process{a, b} {
		if got := node.ask(t, token, "{ me { name } }").text; !strings.Contains(got, "Grace") {
			t.Error(got)
		}
	}
	made := a.ask(t, token, `mutation { create_workspace(name: "Shared", kind: open) { id } }`)
	if got := b.ask(t, first, "{ workspaces { name } }").text; !strings.Contains(got, "Shared") {
		t.Errorf("%s, but the other node sees %s", made.text, got)
	}
	list := must(t, dir, env, "admin", "token", "list")
	id := ""
	for line := range strings.Lines(list) {
		if strings.Contains(line, " ci ") {
			id, _, _ = strings.Cut(line, " ")
		}
	}
	must(t, dir, env, "admin", "token", "revoke", id)
	for _, node := range []*process{a, b} {
		if got, err := post(http.DefaultClient, node.url, token, "{ me { name } }"); err != nil || got.status != http.StatusUnauthorized {
			t.Errorf("the revoked token: %+v %v", got, err)
		}
	}
	if log := a.stderr.String() + b.stderr.String(); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("log: %s", log)
	}
}
