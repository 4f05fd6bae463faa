package sink

import (
	"os"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// TestFullDiskFiles: a file for which there is no room is an error that says so.
func TestFullDiskFiles(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, f := range []*fileFormat{parquetFiles, jsonLines} {
		w := f.writer(full, "x", []connector.Field{{Name: "a", Type: connector.Text}}, func(string) bool { return false })
		err := w.Write([]any{"x"})
		if err == nil {
			err = w.Close()
		}
		if err = diskFull(err); err == nil || !strings.Contains(err.Error(), "the disk is full, the file is as it was") {
			t.Errorf("%s: %v", f.ext, err)
		}
	}
}
