package sink

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// A jsonlWriter writes one object a line, with all fields in their order. Times are texts in UTC, and JSON
// stands as it is.
type jsonlWriter struct {
	to    *bufio.Writer
	names [][]byte // with what stands before and after
	line  bytes.Buffer
	text  *json.Encoder // to line
}

func newJSONLines(to io.Writer, _ string, fields []connector.Field, _ func(string) bool) rowFile {
	w := &jsonlWriter{to: bufio.NewWriterSize(to, 1<<16)}
	w.text = json.NewEncoder(&w.line)
	w.text.SetEscapeHTML(false)
	for i, f := range fields {
		name, _ := json.Marshal(f.Name) // a text always can be
		begin := byte(',')
		if i == 0 {
			begin = '{'
		}
		w.names = append(w.names, append(append([]byte{begin}, name...), ':'))
	}
	return w
}

func (w *jsonlWriter) Write(row []any) error {
	w.line.Reset()
	for i, v := range row {
		w.line.Write(w.names[i])
		switch v := v.(type) {
		case json.RawMessage:
			if err := json.Compact(&w.line, v); err != nil { // it may have line breaks in it
				return err
			}
		case time.Time:
			w.line.WriteByte('"')
			w.line.Write(appendTime(w.line.AvailableBuffer(), v))
			w.line.WriteByte('"')
		default:
			if err := w.text.Encode(v); err != nil {
				return err
			}
			w.line.Truncate(w.line.Len() - 1) // the line break
		}
	}
	w.line.WriteString("}\n")
	_, err := w.to.Write(w.line.Bytes())
	return err
}

func (w *jsonlWriter) Close() error { return w.to.Flush() }
