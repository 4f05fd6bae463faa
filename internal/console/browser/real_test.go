//go:build !race

package browser

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// written is what a process has written so far.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// sandbox builds lunedi and runs lunedi dev until the test ends: what stands in for the connector elsewhere
// cannot tell whether it fits the pages.
func sandbox(t *testing.T, args ...string) (url string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lunedi")
	build := exec.Command("go", "build", "-o", file, "../../../cmd/lunedi")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var said written
	cmd := exec.Command(file, append([]string{"dev", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Stdout, cmd.Stderr = &said, &said
	fatal(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Signal(os.Interrupt); cmd.Wait() })
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(5 * time.Millisecond) {
		if m := regexp.MustCompile(`Address +(\S+)\s`).FindStringSubmatch(said.String()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("the sandbox does not start: %s", &said)
	return ""
}

// TestDataSourceReal adds the sandbox as its own data source, with the values that it prints.
func TestDataSourceReal(t *testing.T) {
	t.Parallel()
	url := sandbox(t)
	b := newTab(t, url)
	b.signIn("an admin")
	b.visit("/admin/connections/sources/new")
	b.put("auth_token", "dev-admin")
	b.put("start_date", "2024-01-01")
	b.click("DisclosureTriangle", "More settings")
	_ = eval[any](b, `document.querySelector("#source-endpoint").value = "`+url+`/v2"`)
	b.click("button", "Test connection")
	b.words("The connection works.")
	b.looks("real: tested")
	b.click("button", "Add data source")
	b.see("heading", "Fernweh Bikes")
	b.words("Connected")
	b.words("column_values")
	b.words("the SQLite file source_")
	b.looks("real: connected")
}
