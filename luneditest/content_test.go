package luneditest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/luneditest"
)

var firstID = regexp.MustCompile(`"id":"([^"]+)"`)

// made asks for something to be made and returns its id.
func made(t *testing.T, srv *luneditest.Server, query string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	_, answer := ask(t, srv, luneditest.AdminToken, string(body))
	id := firstID.FindStringSubmatch(answer)
	if id == nil {
		t.Fatalf("%s: %s", query, answer)
	}
	return id[1]
}

// TestFilesAndWebhooks: a test's own receiver hears of what happens, and files can be uploaded.
func TestFilesAndWebhooks(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	heard := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte("challenge")) {
			_, _ = w.Write(body)
			return
		}
		heard <- string(body)
	}))
	t.Cleanup(hook.Close)
	board := made(t, srv, `mutation { create_board(board_name: "B", board_kind: public) { id } }`)
	column := made(t, srv, `mutation { create_column(board_id: `+board+`, title: "F", column_type: file) { id } }`)
	made(t, srv, `mutation { create_webhook(board_id: `+board+`, url: "`+hook.URL+`", event: create_item) { id } }`)
	item := made(t, srv, `mutation { create_item(board_id: `+board+`, item_name: "New one") { id } }`)
	select {
	case body := <-heard:
		if !bytes.Contains([]byte(body), []byte(`"New one"`)) {
			t.Errorf("heard %s", body)
		}
	case <-time.After(time.Minute):
		t.Fatal("the webhook was not called")
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("query", `mutation ($file: File!) { add_file_to_column(item_id: `+item+`, column_id: "`+column+`", file: $file) { id url } }`)
	part, _ := form.CreateFormFile("variables[file]", "a.txt")
	_, _ = io.WriteString(part, "hello")
	_ = form.Close()
	get := func(method, url string, body io.Reader) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", luneditest.AdminToken)
		req.Header.Set("Content-Type", form.FormDataContentType())
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	url := regexp.MustCompile(`"url":"([^"]+)"`).FindStringSubmatch(get("POST", srv.Endpoint+"/file", &body))
	if url == nil {
		t.Fatal("nothing was uploaded")
	}
	if got := get("GET", url[1], nil); got != "hello" {
		t.Errorf("%s: %s", url[1], got)
	}
}
