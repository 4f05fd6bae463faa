package emit

import (
	"context"
	"log/slog"
	"strings"
)

// Scrubber takes a token out of a text.
func Scrubber(token string) func(string) string {
	if len(token) < 4 { // it is none, and would take letters out of words
		return func(text string) string { return text }
	}
	return strings.NewReplacer(token, "***").Replace
}

// NewLog makes a logger whose lines are handed over as texts, attributes as key=value behind them.
func NewLog(least slog.Level, write func(slog.Level, string)) *slog.Logger {
	return slog.New(&logHandler{least: least, write: write})
}

type logHandler struct {
	least slog.Level
	write func(slog.Level, string)
	with  []slog.Attr
	group string
}

func (h *logHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.least }

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	var text strings.Builder
	text.WriteString(r.Message)
	add := func(group string, a slog.Attr) {
		if !a.Equal(slog.Attr{}) {
			text.WriteString(" " + group + a.Key + "=" + a.Value.Resolve().String())
		}
	}
	for _, a := range h.with {
		add("", a)
	}
	r.Attrs(func(a slog.Attr) bool { add(h.group, a); return true })
	h.write(r.Level, text.String())
	return nil
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.with = append([]slog.Attr{}, h.with...)
	for _, a := range attrs {
		next.with = append(next.with, slog.Attr{Key: h.group + a.Key, Value: a.Value})
	}
	return &next
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	next := *h
	next.group += name + "."
	return &next
}
