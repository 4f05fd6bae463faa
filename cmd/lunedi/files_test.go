package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// upload puts a file into the file column of an item that is made for it, and returns the answer.
func (p *process) upload(t *testing.T, token, content string) string {
	t.Helper()
	id := func(query, field string) string {
		t.Helper()
		var made struct{ ID string }
		if err := json.Unmarshal(p.ask(t, token, query).Data[field], &made); err != nil || made.ID == "" {
			t.Fatalf("%s: %v", query, err)
		}
		return made.ID
	}
	board := id(`mutation { create_board(board_name: "Files", board_kind: public) { id } }`, "create_board")
	column := id(`mutation { create_column(board_id: `+board+`, title: "F", column_type: file) { id } }`, "create_column")
	item := id(`mutation { create_item(board_id: `+board+`, item_name: "I") { id } }`, "create_item")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("query", `mutation ($file: File!) { add_file_to_column(item_id: `+item+`, column_id: "`+column+`", file: $file) { id public_url } }`)
	part, _ := form.CreateFormFile("variables[file]", "a.bin")
	io.WriteString(part, content)
	form.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/v2/file", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

// read is what the public address in the answer to an upload gives.
func read(t *testing.T, answer string) string {
	t.Helper()
	var a struct {
		Data struct {
			Added struct {
				URL string `json:"public_url"`
			} `json:"add_file_to_column"`
		}
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil || a.Data.Added.URL == "" {
		t.Fatalf("%v: %s", err, answer)
	}
	resp, err := http.Get(a.Data.Added.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// kept counts the files below a folder.
func kept(dir string) (n int) {
	filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// TestServeFiles: where uploaded files are, and that nobody else gets into that folder.
func TestServeFiles(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789abcdef", 100_000)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"default": {nil, "lunedi-files"},
		"beside":  {[]string{"--database", "data/x.db"}, "data/lunedi-files"},
		"chosen":  {[]string{"--files", "elsewhere/blobs"}, "elsewhere/blobs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
				t.Fatal(err)
			}
			p := serve(t, dir, c.args...)
			token := p.firstToken(t)
			said := p.upload(t, token, content)
			if read(t, said) != content {
				t.Error("it reads back otherwise")
			}
			if n := kept(filepath.Join(dir, c.want)); n != 1 {
				t.Errorf("%d files in %s", n, c.want)
			}
			if mode := fileMode(t, dir, c.want); mode != 0o700 {
				t.Errorf("%s has mode %o", c.want, mode)
			}
			p.stop(t)
			p = serve(t, dir, c.args...)
			if a := p.ask(t, token, `{ boards { items_page { items { assets { name file_size } } } } }`); !strings.Contains(a.text, `{"name":"a.bin","file_size":1600000}`) {
				t.Errorf("after a restart: %s", a.text)
			}
		})
	}
	fails(t, exitError, "--files: ", t.TempDir(), nil, "serve", "--listen", "127.0.0.1:0", "--files", "lunedi.db/x")
	fails(t, exitUsage, "--content-cache: 1KB is less than 1MB", t.TempDir(), nil, "serve", "--content-cache", "1KB")
	fails(t, exitUsage, "a size is written like 256MB or 1GB", t.TempDir(), nil, "serve", "--content-cache", "much")
}

// TestDevFiles: a sandbox takes its files with it.
func TestDevFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, lunedi(dir, nil, "dev", "--listen", "127.0.0.1:0"))
	if read(t, p.upload(t, "dev-admin", "hello")) != "hello" {
		t.Error("it reads back otherwise")
	}
	if code := p.stop(t); code != 0 || kept(dir) != 0 {
		t.Errorf("exit code %d; it leaves %d files", code, kept(dir))
	}
	keep := filepath.Join(dir, "keep")
	p = start(t, lunedi(dir, nil, "dev", "--listen", "127.0.0.1:0", "--keep", keep))
	p.upload(t, "dev-admin", "hello")
	p.stop(t)
	if n := kept(filepath.Join(keep, "files")); n != 1 {
		t.Errorf("%d files are kept", n)
	}
}

// TestWebhookAddresses: a server posts to the Internet only, unless it is told otherwise; a sandbox to
// this machine too.
func TestWebhookAddresses(t *testing.T) {
	t.Parallel()
	hook := receive(t)
	create := `mutation { create_webhook(board_id: BOARD, url: "` + hook.URL + `", event: create_item) { id } }`
	ask := func(p *process, token string) *answer {
		t.Helper()
		var board struct{ ID string }
		if err := json.Unmarshal(p.ask(t, token, `mutation { create_board(board_name: "B", board_kind: public) { id } }`).Data["create_board"], &board); err != nil {
			t.Fatal(err)
		}
		a, err := post(http.DefaultClient, p.url, token, strings.Replace(create, "BOARD", board.ID, 1))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	p := serve(t, t.TempDir())
	if a := ask(p, p.firstToken(t)); len(a.Errors) != 1 || !strings.Contains(a.text, "does not lead to a public address") {
		t.Errorf("serve: %s", a.text)
	}
	p = serve(t, t.TempDir(), "--webhook-allow-private")
	if a := ask(p, p.firstToken(t)); len(a.Errors) > 0 {
		t.Errorf("serve --webhook-allow-private: %s", a.text)
	}
	if a := ask(dev(t), "dev-admin"); len(a.Errors) > 0 {
		t.Errorf("dev: %s", a.text)
	}
	if a := ask(dev(t, "--webhook-allow-private=false"), "dev-admin"); len(a.Errors) != 1 {
		t.Errorf("dev --webhook-allow-private=false: %s", a.text)
	}
}

func TestByteSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"256MB": 256 << 20, "1gb": 1 << 30, " 64 kb ": 64 << 10, "12B": 12, "1000": 1000, "0": 0} {
		var b byteSize
		if err := b.Set(text); err != nil || int64(b) != want {
			t.Errorf("%q: %d, %v; want %d", text, b, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1MB", "1.5GB", "9999999999GB", "1TB", "x"} {
		var b byteSize
		if err := b.Set(text); err == nil {
			t.Errorf("%q is taken for %d", text, b)
		}
	}
	for n, want := range map[byteSize]string{256 << 20: "256MB", 1 << 30: "1GB", 1500: "1500B", 0: "0", 3 << 10: "3KB"} {
		if got := n.String(); got != want {
			t.Errorf("%d: %s, want %s", int64(n), got, want)
		}
	}
}
