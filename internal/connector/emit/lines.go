package emit

import (
	"encoding/json"
	"io"
	"sync"
)

// Lines writes JSON values, one a line, and never a part of a line: what is in its buffer when the program
// dies was not said. It may be used by several goroutines.
type Lines struct {
	mu  sync.Mutex
	w   io.Writer
	buf []byte
	err error // the first one; nothing is written after it
}

// lineBuffer is how much is gathered before it is written.
const lineBuffer = 64 << 10

// NewLines makes one.
func NewLines(w io.Writer) *Lines { return &Lines{w: w} }

// Write adds a line with a value, and writes what was gathered.
func (l *Lines) Write(v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return l.Append(true, func(out []byte) []byte { return append(out, raw...) })
}

// Append adds a line that line appends, without its end. It is written when there is enough, or now.
func (l *Lines) Append(now bool, line func(out []byte) []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(line(l.buf), '\n')
	if now || len(l.buf) >= lineBuffer {
		if l.err == nil {
			_, l.err = l.w.Write(l.buf)
		}
		l.buf = l.buf[:0]
	}
	return l.err
}

// Flush writes what was gathered.
func (l *Lines) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buf) > 0 && l.err == nil {
		_, l.err = l.w.Write(l.buf)
	}
	l.buf = l.buf[:0]
	return l.err
}
