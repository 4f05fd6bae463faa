package api

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/files"
)

// site is a server that listens, with the folder of its files.
type site struct {
	*server
	http *httptest.Server
	dir  string
}

func listen(t *testing.T, edit func(*Config)) *site {
	t.Helper()
	seed := small()
	talk(seed)
	s := &site{dir: t.TempDir(), http: httptest.NewUnstartedServer(nil)}
	d, err := files.Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	s.server = start(t, seed, func(c *Config) {
		c.Files, c.PublicURL, c.Observe = d, "http://"+s.http.Listener.Addr().String(), nil // what is seen is for one request at a time
		if edit != nil {
			edit(c)
		}
	})
	s.http.Config.Handler = s.Handler
	s.http.Start()
	t.Cleanup(s.http.Close)
	return s
}

// stored counts the files in the folder, unfinished ones among them.
func (s *site) stored(t *testing.T) (n int) {
	t.Helper()
	err := filepath.WalkDir(s.dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// part is one of a form: a field, or with a file name a file.
type part struct{ name, file, content string }

func form(parts ...part) (contentType string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"`, p.name))
		if p.file != "" {
			h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, p.name, p.file))
			h.Set("Content-Type", "application/octet-stream")
		}
		to, err := w.CreatePart(h)
		if err != nil {
			panic(err)
		}
		io.WriteString(to, p.content)
	}
	w.Close()
	return w.FormDataContentType(), b.Bytes()
}

func (s *site) do(t *testing.T, method, address, token string, header http.Header, body io.Reader) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range header {
		r.Header[name] = v
	}
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(got)
}

func (s *site) send(t *testing.T, path, as string, parts ...part) (*http.Response, string) {
	t.Helper()
	typ, body := form(parts...)
	return s.do(t, "POST", s.http.URL+path, token(people[as]), http.Header{"Content-Type": {typ}}, bytes.NewReader(body))
}

const (
	toColumn  = `mutation ($file: File!) { add_file_to_column(item_id: 4101, column_id: "file", file: $file) { id name url public_url file_size } }`
	variables = `{"file":null}`
)

// uploadShapes are the forms that clients send.
func uploadShapes(content string) map[string]struct {
	path  string
	parts []part
} {
	query, file := part{"query", "", toColumn}, func(name string) part { return part{name, "report.bin", content} }
	type shape = struct {
		path  string
		parts []part
	}
	return map[string]shape{
		"a: map, at /v2":               {"/v2", []part{query, {"variables", "", variables}, {"map", "", `{"0":["variables.file"]}`}, file("0")}},
		"b: named after the variable":  {"/v2/file", []part{query, file("variables[file]")}},
		"b: at /v2":                    {"/v2", []part{query, file("variables[file]")}},
		"b: file first":                {"/v2/file", []part{file("variables[file]"), query}},
		"c: no variables":              {"/v2/file", []part{query, {"map", "", `{"file":["variables.file"]}`}, file("file")}},
		"d: by number":                 {"/v2/file", []part{query, {"map", "", `{"0":["variables.file"]}`}, file("0")}},
		"e: map is a text":             {"/v2/file", []part{query, {"map", "", `{"image":"variables.file"}`}, file("image")}},
		"e: map after the file":        {"/v2/file", []part{query, {"variables", "", variables}, file("image"), {"map", "", `{"image":"variables.file"}`}}},
		"e: everything after the file": {"/v2/file", []part{file("image"), {"map", "", `{"image":"variables.file"}`}, {"variables", "", "{}"}, query}},
		"operations":                   {"/v2", []part{{"operations", "", `{"query":` + quoted(toColumn) + `,"variables":` + variables + `}`}, {"map", "", `{"0":["variables.file"]}`}, file("0")}},
		"no map at all":                {"/v2/file", []part{query, file("upload")}},
		"trailing slash":               {"/v2/file/", []part{query, file("variables[file]")}},
		"other variables": {"/v2/file", []part{
			{"query", "", `mutation ($file: File!, $item: ID!, $col: String!) { add_file_to_column(item_id: $item, column_id: $col, file: $file) { id name url public_url file_size } }`},
			file("variables[file]"), {"variables", "", `{"item":4101,"col":"file"}`}}},
		"fields for variables": {"/v2/file", []part{
			{"query", "", `mutation ($file: File!, $item: ID!) { add_file_to_column(item_id: $item, column_id: "file", file: $file) { id name url public_url file_size } }`},
			{"variables[item]", "", "4101"}, file("variables[file]")}},
		"to an update": {"/v2/file", []part{{"query", "", `mutation ($file: File!) { add_file_to_column: add_file_to_update(update_id: 910, file: $file) { id name url public_url file_size } }`}, file("variables[file]")}},
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

type uploaded struct {
	Data struct {
		Added struct {
			ID, Name, URL string
			PublicURL     string `json:"public_url"`
			Size          int    `json:"file_size"`
		} `json:"add_file_to_column"`
	}
	Account int `json:"account_id"`
}

// anUpdate makes an update to attach files to.
func (s *site) anUpdate(t *testing.T, as string) string {
	t.Helper()
	body := s.query(t, people[as], `mutation { create_update(item_id: 4101, body: "look") { id } }`, nil)
	id := regexp.MustCompile(`"id":"(\d+)"`).FindStringSubmatch(body)
	if id == nil {
		t.Fatal(body)
	}
	return id[1]
}

// TestUploadShapes uploads in every shape and reads the same bytes back.
func TestUploadShapes(t *testing.T) {
	t.Parallel()
	random := make([]byte, 300_000)
	_, _ = rand.Read(random)
	content := string(random)
	for name, shape := range uploadShapes(content) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, nil)
			for i := range shape.parts {
				if strings.Contains(shape.parts[i].content, "update_id: 910") {
					shape.parts[i].content = strings.Replace(shape.parts[i].content, "910", s.anUpdate(t, "bo"), 1)
				}
			}
			res, body := s.send(t, shape.path, "bo", shape.parts...)
			var got uploaded
			if err := json.Unmarshal([]byte(body), &got); err != nil || res.StatusCode != 200 || got.Data.Added.ID == "" {
				t.Fatalf("%d %s", res.StatusCode, body)
			}
			if file := strings.HasPrefix(shape.path, "/v2/file"); file != (got.Account == 77) || file == strings.Contains(body, "extensions") {
				t.Errorf("the form of the answer: %s", body)
			}
			a := got.Data.Added
			if a.Name != "report.bin" || a.Size != len(content) {
				t.Errorf("%+v", a)
			}
			for _, address := range []string{a.URL, a.PublicURL} {
				as := ""
				if address == a.URL {
					as = token(people["ada"])
				}
				if res, back := s.do(t, "GET", address, as, nil, nil); res.StatusCode != 200 || back != content {
					t.Errorf("%s: %d, %d bytes", address, res.StatusCode, len(back))
				}
			}
			if n := s.stored(t); n != 1 {
				t.Errorf("%d files are stored", n)
			}
		})
	}
}

// TestUploadRefused holds that a refusal says why, and leaves nothing on the disk.
func TestUploadRefused(t *testing.T) {
	t.Parallel()
	file := part{"variables[file]", "a.txt", "hello"}
	large := part{"variables[file]", "a.txt", strings.Repeat("x", 1001)}
	query := part{"query", "", toColumn}
	with := func(old, new string) part { return part{"query", "", strings.Replace(toColumn, old, new, 1)} }
	for _, c := range []struct {
		name, as string
		parts    []part
		want     string // in the message
	}{
		{"unknown item", "bo", []part{with("4101", "999"), file}, "Item not found"},
		{"unknown item, file first", "bo", []part{file, with("4101", "999")}, "Item not found"},
		{"item of a board not seen", "bo", []part{with("4101", "4201"), file}, "Item not found"},
		{"no id", "bo", []part{with("4101", `"x"`), file}, "not an id"},
		{"unknown column", "bo", []part{with(`"file"`, `"nope"`), file}, "column"},
		{"column without files", "bo", []part{with(`"file"`, `"tags"`), file}, "holds no files"},
		{"unknown update", "bo", []part{{"query", "", `mutation ($file: File!) { add_file_to_update(update_id: 1, file: $file) { id } }`}, file}, "Update not found"},
		{"too large", "bo", []part{query, large}, "larger than 1000 bytes"},
		{"too large, file first", "bo", []part{large, query}, "larger than 1000 bytes"},
		{"no file", "bo", []part{query}, "$file"},
		{"no file, though the map says so", "bo", []part{query, {"map", "", `{"0":["variables.file"]}`}}, `no part \"0\"`},
		{"no query", "bo", []part{file}, `no part \"query\"`},
		{"a text for a file", "bo", []part{query, {"variables", "", `{"file":"x"}`}}, "multipart/form-data"},
		{"a number for a file", "bo", []part{query, {"variables[file]", "", "7"}}, "multipart/form-data"},
		{"map is no JSON", "bo", []part{query, {"map", "", `{`}, file}, `\"map\" must be`},
		{"map leads nowhere", "bo", []part{query, {"variables", "", `{"a":1}`}, {"map", "", `{"0":["variables.a.b"]}`}, {"0", "x", "y"}}, "no place"},
		{"variables are no JSON", "bo", []part{query, {"variables", "", `{`}, file}, "variables"},
		{"unknown field", "bo", []part{with("file_size", "nope"), file}, `Cannot query field`},
		{"syntax", "bo", []part{{"query", "", "mutation {"}, file}, "Syntax Error"},
		{"a list of operations", "bo", []part{{"operations", "", "[]"}, {"map", "", "{}"}, file}, "list"},
		{"endless fields", "bo", []part{query, {"variables", "", strings.Repeat(" ", 20_000)}, file}, "larger than"},
		{"not UTF-8", "bo", []part{{"query", "", "\xff"}, file}, "UTF-8"},
	} {
		for _, path := range []string{"/v2", "/v2/file"} {
			t.Run(c.name+" at "+path, func(t *testing.T) {
				t.Parallel()
				s := listen(t, func(c *Config) { c.MaxFile, c.MaxBody = 1000, 10_000 })
				res, body := s.send(t, path, c.as, c.parts...)
				var got struct {
					Message string `json:"error_message"`
					Code    string `json:"error_code"`
					Status  int    `json:"status_code"`
					Errors  []struct{ Message string }
				}
				if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Errors) != 1 || !strings.Contains(body, c.want) {
					t.Errorf("%d %s", res.StatusCode, body)
				} else if path == "/v2/file" && (res.StatusCode != 500 || got.Status != 500 || got.Code != "INTERNAL_SERVER_ERROR" || got.Message != got.Errors[0].Message) {
					t.Errorf("%d %s", res.StatusCode, body)
				} else if path == "/v2" && (res.StatusCode >= 500 || got.Code != "") {
					t.Errorf("%d %s", res.StatusCode, body)
				}
				if n := s.stored(t); n != 0 {
					t.Errorf("%d files are left", n)
				}
			})
		}
	}
}

// TestUploadToken looks at nothing before the token.
func TestUploadToken(t *testing.T) {
	t.Parallel()
	s := listen(t, nil)
	typ, body := form(part{"variables[file]", "a", "b"}, part{"query", "", toColumn})
	for _, path := range []string{"/v2", "/v2/file"} {
		for _, bad := range []string{"", "nobody's"} {
			res, got := s.do(t, "POST", s.http.URL+path, bad, http.Header{"Content-Type": {typ}}, bytes.NewReader(body))
			if res.StatusCode != 401 || got != `{"errors":[{"message":"Not authenticated","extensions":{"code":"NOT_AUTHENTICATED"}}]}` {
				t.Errorf("%s: %d %s", path, res.StatusCode, got)
			}
		}
		if res, got := s.do(t, "POST", s.http.URL+path, token(people["cy"]), http.Header{"Content-Type": {typ}}, bytes.NewReader(body)); res.StatusCode != 403 {
			t.Errorf("%s, as a viewer: %d %s", path, res.StatusCode, got)
		}
	}
	if n := s.stored(t); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// TestUploadStrict answers as was recorded.
func TestUploadStrict(t *testing.T) {
	t.Parallel()
	s := listen(t, func(c *Config) { c.Strict = true })
	res, body := s.send(t, "/v2/file", "bo", part{"query", "", strings.Replace(toColumn, "4101", "123", 1)}, part{"variables[file]", "a", "b"})
	const want = `{"status_code":500,"error_message":"Internal server error","error_code":"INTERNAL_SERVER_ERROR","errors":[{"message":"Internal server error","extensions":{"status_code":500,"error_code":"INTERNAL_SERVER_ERROR"}}]}`
	if res.StatusCode != 500 || body != want || res.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
}

// TestUploadNowhere is a server without a folder for files.
func TestUploadNowhere(t *testing.T) {
	t.Parallel()
	s := listen(t, func(c *Config) { c.Files = nil })
	for _, parts := range [][]part{{{"query", "", toColumn}, {"variables[file]", "a", "b"}}, {{"variables[file]", "a", "b"}, {"query", "", toColumn}}} {
		if res, body := s.send(t, "/v2", "bo", parts...); res.StatusCode >= 500 || !strings.Contains(body, "takes no files") {
			t.Errorf("%d %s", res.StatusCode, body)
		}
	}
	if res, body := s.do(t, "GET", s.http.URL+"/protected_static/77/resources/61/logo.png", token(1), nil, nil); res.StatusCode != 404 {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// reads counts what is read of a body.
type reads struct {
	io.Reader
	n int
}

func (r *reads) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.n += n
	return n, err
}

// TestUploadAsksFirst holds that who may not upload does not fill the disk: the file is not stored, not
// even for a while.
func TestUploadAsksFirst(t *testing.T) {
	t.Parallel()
	s := listen(t, nil)
	typ, body := form(part{"query", "", strings.Replace(toColumn, "4101", "4201", 1)}, part{"variables[file]", "a", strings.Repeat("x", 1<<20)})
	watched := 0
	once := &reads{Reader: bytes.NewReader(body)}
	r := httptest.NewRequest("POST", "/v2", io.TeeReader(once, writer(func([]byte) { watched = max(watched, s.stored(t)) })))
	r.Header.Set("Content-Type", typ)
	r.Header.Set("Authorization", token(people["bo"]))
	if w := s.server.send(r); !strings.Contains(w.Body.String(), "Item not found") {
		t.Error(w.Body)
	}
	if watched != 0 {
		t.Error("the file was being stored")
	}
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// TestUploadCutShort is a client that goes away in the middle.
func TestUploadCutShort(t *testing.T) {
	t.Parallel()
	s := listen(t, nil)
	for _, parts := range [][]part{
		{{"query", "", toColumn}, {"variables[file]", "a", strings.Repeat("x", 100_000)}},
		{{"variables[file]", "a", strings.Repeat("x", 100_000)}, {"query", "", toColumn}},
	} {
		typ, body := form(parts...)
		r := httptest.NewRequest("POST", "/v2/file", io.MultiReader(bytes.NewReader(body[:60_000])))
		r.Header.Set("Content-Type", typ)
		r.Header.Set("Authorization", token(people["bo"]))
		if w := s.server.send(r); w.Code != 500 || !strings.Contains(w.Body.String(), "ends in the middle") {
			t.Error(w.Code, w.Body)
		}
	}
	if n := s.stored(t); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// TestUploadSeveral uploads two files with one request, of which one is refused.
func TestUploadSeveral(t *testing.T) {
	t.Parallel()
	s := listen(t, nil)
	const two = `mutation ($a: File!, $b: File!) {
		one: add_file_to_column(item_id: 4101, column_id: "file", file: $a) { id name file_size }
		two: add_file_to_column(item_id: 4102, column_id: "file", file: $b) { id name file_size } }`
	for _, order := range [][]part{{{"0", "a.txt", "aaa"}, {"1", "b.txt", "bb"}}, {{"1", "b.txt", "bb"}, {"0", "a.txt", "aaa"}}} {
		res, body := s.send(t, "/v2/file", "bo", append([]part{{"query", "", two}, {"map", "", `{"0":["variables.a"],"1":["variables.b"]}`}}, order...)...)
		if res.StatusCode != 200 || !strings.Contains(body, `"name":"a.txt","file_size":3`) || !strings.Contains(body, `"name":"b.txt","file_size":2`) {
			t.Errorf("%d %s", res.StatusCode, body)
		}
	}
	if n := s.stored(t); n != 4 {
		t.Errorf("%d files are stored, want 4", n)
	}
	res, body := s.send(t, "/v2/file", "bo", part{"query", "", strings.Replace(two, "4102", "4201", 1)}, part{"variables[a]", "a.txt", "aaa"}, part{"variables[b]", "b.txt", "bb"})
	if res.StatusCode != 200 || !strings.Contains(body, `"two":null`) || !strings.Contains(body, "Item not found") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if n := s.stored(t); n != 5 {
		t.Errorf("%d files are stored, want 5", n)
	}
}

// TestUploadsAtOnce uploads from many sides to one cell, which has all of them in the end.
func TestUploadsAtOnce(t *testing.T) {
	t.Parallel()
	s := listen(t, nil)
	const n = 12
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			res, body := s.send(t, "/v2/file", "bo", part{"query", "", toColumn}, part{"variables[file]", fmt.Sprintf("%d.txt", i), strings.Repeat("x", 10_000+i)})
			if res.StatusCode != 200 {
				t.Errorf("%d %s", res.StatusCode, body)
			}
		})
	}
	wg.Wait()
	body := s.query(t, people["bo"], `{ items(ids: [4101]) { assets(assets_source: columns) { name file_size } } }`, nil)
	for i := range n {
		if want := fmt.Sprintf(`{"name":"%d.txt","file_size":%d}`, i, 10_000+i); !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if got := s.stored(t); got != n {
		t.Errorf("%d files are stored", got)
	}
}

// TestFileNames keeps what a file is called as a text, whatever it is.
func TestFileNames(t *testing.T) {
	t.Parallel()
	s := listen(t, nil)
	outside := filepath.Join(filepath.Dir(s.dir), "evil")
	for name, want := range map[string]string{
		"../../evil": "evil", "/etc/passwd": "passwd", `C:\\Windows\\win.ini`: "win.ini", "..": "file", "a\tb": "ab", "été ☂.txt": "été ☂.txt",
		"x%2f..%2fy": "x%2f..%2fy", `<img src=x>`: "<img src=x>", strings.Repeat("n", 300) + ".txt": strings.Repeat("n", 251) + ".txt", "evil\u202egnp.exe": "evilgnp.exe",
	} {
		_, body := s.send(t, "/v2/file", "bo", part{"query", "", toColumn}, part{"variables[file]", name, "hello"})
		var got uploaded
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.Data.Added.Name != want {
			t.Errorf("%q: %s", name, body)
			continue
		}
		if res, back := s.do(t, "GET", got.Data.Added.PublicURL, "", nil, nil); res.StatusCode != 200 || back != "hello" {
			t.Errorf("%q: %d %q", name, res.StatusCode, back)
		}
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a file stands outside of the folder")
	}
}

// TestDownload says who may read a file, and as what it is served.
func TestDownload(t *testing.T) {
	t.Parallel()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 80, 60))); err != nil {
		t.Fatal(err)
	}
	var clock sync.Mutex
	at := now
	s := listen(t, func(c *Config) {
		c.Now = func() time.Time { clock.Lock(); defer clock.Unlock(); return at }
	})
	upload := func(name, content string) (a struct{ id, url, public, thumbnail, geometry string }) {
		t.Helper()
		_, body := s.send(t, "/v2", "bo", part{"query", "", strings.Replace(toColumn, "file_size", "url_thumbnail original_geometry", 1)}, part{"variables[file]", name, content})
		var got struct {
			Data struct {
				A struct {
					ID, URL   string
					PublicURL string  `json:"public_url"`
					Thumbnail *string `json:"url_thumbnail"`
					Geometry  *string `json:"original_geometry"`
				} `json:"add_file_to_column"`
			}
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.Data.A.ID == "" {
			t.Fatal(body)
		}
		a.id, a.url, a.public = got.Data.A.ID, got.Data.A.URL, got.Data.A.PublicURL
		if got.Data.A.Thumbnail != nil {
			a.thumbnail = *got.Data.A.Thumbnail
		}
		if got.Data.A.Geometry != nil {
			a.geometry = *got.Data.A.Geometry
		}
		return a
	}
	get := func(address, as string, header ...string) (*http.Response, string) {
		t.Helper()
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		if as != "" {
			as = token(people[as])
		}
		return s.do(t, "GET", address, as, h, nil)
	}
	a := upload("ü b.png", picture.String())
	if a.geometry != "80x60" || a.thumbnail != a.url+"?size=thumbnail" {
		t.Errorf("%+v", a)
	}

	t.Run("who", func(t *testing.T) {
		for as, want := range map[string]int{"": 401, "bo": 200, "ada": 200, "gus": 200, "max": 404, "gil": 404, "cy": 403} {
			if res, body := get(a.url, as); res.StatusCode != want || (want == 200) != (body == picture.String()) {
				t.Errorf("%q: %d, want %d", as, res.StatusCode, want)
			}
		}
		for _, wrong := range []string{strings.Replace(a.url, "/77/", "/78/", 1), strings.Replace(a.url, a.id, "1", 1), strings.Replace(a.url, a.id, "x", 1), strings.Replace(a.url, "resources", "other", 1), a.url + "/more"} {
			if res, _ := get(wrong, "bo"); res.StatusCode != 404 {
				t.Errorf("%s: %d", wrong, res.StatusCode)
			}
		}
		if res, body := get(a.thumbnail, "bo"); res.StatusCode != 200 || body != picture.String() {
			t.Error("thumbnail:", res.StatusCode)
		}
	})

	t.Run("signed", func(t *testing.T) {
		u, err := url.Parse(a.public)
		if err != nil {
			t.Fatal(err)
		}
		changed := func(edit func(u *url.URL, q url.Values)) string {
			c := *u
			q := c.Query()
			edit(&c, q)
			c.RawQuery = q.Encode()
			return c.String()
		}
		for name, address := range map[string]string{
			"later":         changed(func(_ *url.URL, q url.Values) { q.Set("expires", "99999999999") }),
			"no signature":  changed(func(_ *url.URL, q url.Values) { q.Del("signature") }),
			"no expiry":     changed(func(_ *url.URL, q url.Values) { q.Del("expires") }),
			"another file":  changed(func(u *url.URL, _ url.Values) { u.Path = strings.Replace(u.Path, a.id, "61", 1) }),
			"other account": changed(func(u *url.URL, _ url.Values) { u.Path = strings.Replace(u.Path, "/77/", "/78/", 1) }),
			"longer":        changed(func(_ *url.URL, q url.Values) { q.Set("signature", q.Get("signature")+"00") }),
		} {
			if res, _ := get(address, "bo"); res.StatusCode != 403 {
				t.Errorf("%s: %d", name, res.StatusCode)
			}
		}
		if res, _ := get(changed(func(u *url.URL, _ url.Values) { u.Path = strings.TrimSuffix(u.Path, "ü b.png") + "other" }), ""); res.StatusCode != 200 {
			t.Error("the name counts:", res.StatusCode)
		}
		clock.Lock()
		at = at.Add(time.Hour)
		clock.Unlock()
		if res, body := get(a.public, ""); res.StatusCode != 403 || !strings.Contains(body, "hour") {
			t.Error("after an hour:", res.StatusCode, body)
		}
	})

	t.Run("headers", func(t *testing.T) {
		for _, c := range []struct{ name, content, typ, how string }{
			{"a.png", picture.String(), "image/png", "inline"},
			{"a.txt", "hello", "text/plain; charset=utf-8", "inline"},
			{"a.html", "<script>alert(1)</script>", "application/octet-stream", "attachment"},
			{"a.png", "<html><script>alert(1)</script>", "application/octet-stream", "attachment"},
			{"a.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "application/octet-stream", "attachment"},
			{"a.xml", "<?xml version='1.0'?><a/>", "application/octet-stream", "attachment"},
			{"a.pdf", "%PDF-1.7", "application/pdf", "attachment"},
			{"a.csv", "a,b", "text/csv", "attachment"},
			{"a.docx", "PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"},
			{"a", "\x00\x01", "application/octet-stream", "attachment"},
			{"a", "", "text/plain; charset=utf-8", "inline"},
		} {
			res, body := get(upload(c.name, c.content).url, "bo")
			h := res.Header
			if res.StatusCode != 200 || body != c.content || h.Get("Content-Type") != c.typ || !strings.HasPrefix(h.Get("Content-Disposition"), c.how+"; filename=") ||
				h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
				t.Errorf("%s: %d %v", c.name, res.StatusCode, h)
			}
		}
		res, _ := get(a.url, "bo")
		if got := res.Header.Get("Content-Disposition"); got != "inline; filename*=utf-8''%C3%BC%20b.png" {
			t.Error(got)
		}
	})

	t.Run("parts", func(t *testing.T) {
		res, body := get(a.url, "bo", "Range", "bytes=1-3")
		if res.StatusCode != 206 || body != "PNG" {
			t.Errorf("%d %q", res.StatusCode, body)
		}
		if res, _ := get(a.url, "bo", "If-None-Match", res.Header.Get("ETag")); res.StatusCode != 304 {
			t.Error(res.StatusCode)
		}
		if res, _ := get(a.url, "bo", "Range", "bytes=999999-"); res.StatusCode != 416 {
			t.Error(res.StatusCode)
		}
		if res, body := s.do(t, "HEAD", a.url, token(people["bo"]), nil, nil); res.StatusCode != 200 || body != "" || res.ContentLength != int64(picture.Len()) {
			t.Error(res.StatusCode, res.ContentLength)
		}
		if res, _ := s.do(t, "POST", a.url, token(people["bo"]), nil, nil); res.StatusCode != 405 {
			t.Error(res.StatusCode)
		}
		if res, _ := s.do(t, "OPTIONS", a.url, "", nil, nil); res.StatusCode != 204 {
			t.Error(res.StatusCode)
		}
	})

	t.Run("lost", func(t *testing.T) { // an asset of which there are no bytes
		if res, body := get(s.http.URL+"/protected_static/77/resources/61/logo.png", "bo"); res.StatusCode != 404 {
			t.Error(res.StatusCode, body)
		}
	})
}

// FuzzForm reads any form, and leaves nothing behind of what it refuses.
func FuzzForm(f *testing.F) {
	for _, shape := range uploadShapes("x") {
		_, body := form(shape.parts...)
		f.Add(bytes.ReplaceAll(body, body[2:62], []byte("B")))
	}
	seed := small()
	talk(seed)
	dir := f.TempDir()
	d, err := files.Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	s := &site{server: start(f, seed, func(c *Config) { c.Files, c.MaxFile = d, 100 }), dir: dir}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest("POST", "/v2", bytes.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=B")
		r.Header.Set("Authorization", token(people["bo"]))
		before := s.stored(t)
		w := s.server.send(r)
		if !json.Valid(w.Body.Bytes()) || w.Code >= 500 {
			t.Fatal(w.Code, w.Body)
		}
		if after := s.stored(t); after > before && !strings.Contains(w.Body.String(), `"id"`) {
			t.Fatalf("%d files are left: %s", after-before, w.Body)
		}
	})
}
