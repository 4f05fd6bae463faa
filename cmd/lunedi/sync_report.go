package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// tableOrder lists the names in m in the order of the streams, others after them.
func tableOrder[V any](m map[string]V) []string {
	var names []string
	for _, s := range connector.Streams() {
		if _, ok := m[s.Name]; ok {
			names = append(names, s.Name)
		}
	}
	var others []string
	for name := range m {
		if !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(names, others...)
}

// table aligns the first column to the left and the others, which are mostly numbers, to the right.
func table(w io.Writer, head []string, rows [][]string) {
	rows = append([][]string{head}, rows...)
	width := make([]int, len(head))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		fmt.Fprintf(w, "%-*s", width[0], row[0])
		for i, cell := range row[1:] {
			fmt.Fprintf(w, "  %*s", width[i+1], cell)
		}
		fmt.Fprintln(w)
	}
}

// outcome says in words how a run ended.
func outcome(r *connector.Report, stopped bool) string {
	switch {
	case r.Outcome == "partial" && stopped:
		return "Stopped; the next run goes on from here."
	case r.Outcome == "partial" && !r.Until.IsZero():
		return "Not through yet: a limit was reached. A run after " + clockTime(r.Until) + " goes on from here."
	case r.Outcome == "partial":
		return "Not through yet; the next run goes on from here."
	case r.Outcome == "complete" && nothingNew(r):
		return "Nothing new."
	case r.Outcome == "complete":
		return "Complete."
	}
	return "Failed; what was read is kept, and the next run goes on from here."
}

func nothingNew(r *connector.Report) bool {
	for _, n := range r.Counts {
		if n.New+n.Changed+n.Deleted > 0 {
			return false
		}
	}
	return true
}

// printReport is the end of a run on a terminal.
func printReport(w io.Writer, r *connector.Report, stopped bool) {
	var rows [][]string
	var sum connector.Count
	for _, name := range tableOrder(r.Counts) {
		n := r.Counts[name]
		if n.New+n.Changed+n.Deleted == 0 {
			continue
		}
		sum = connector.Count{New: sum.New + n.New, Changed: sum.Changed + n.Changed, Deleted: sum.Deleted + n.Deleted}
		rows = append(rows, []string{name, grouped(n.New), grouped(n.Changed), grouped(n.Deleted)})
	}
	if len(rows) > 0 {
		if len(rows) > 1 {
			rows = append(rows, []string{"total", grouped(sum.New), grouped(sum.Changed), grouped(sum.Deleted)})
		}
		table(w, []string{"table", "new", "changed", "deleted"}, rows)
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, outcome(r, stopped))
	fmt.Fprintf(w, "%s calls and %s points of complexity in %s.", grouped(r.Calls), grouped(r.Points), minutes(r.Ended.Sub(r.Started)))
	if r.Queued > 0 {
		fmt.Fprintf(w, " %s items are still to be read.", grouped(r.Queued))
	}
	fmt.Fprintln(w)
	printMarks(w, r.ReadTo, r.CompleteTo)
	printProblems(w, r.Problems)
	fmt.Fprintln(w)
}

func printMarks(w io.Writer, readTo, completeTo time.Time) {
	if !completeTo.IsZero() {
		fmt.Fprintf(w, "Complete up to %s.\n", clockTime(completeTo))
	} else {
		fmt.Fprintln(w, "Not complete yet.")
	}
	if readTo.After(completeTo) {
		fmt.Fprintf(w, "Changes are known up to %s.\n", clockTime(readTo))
	}
}

// clockTime writes a time for people, in UTC as the tables have it.
func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func printProblems(w io.Writer, problems []connector.Problem) {
	if len(problems) == 0 {
		return
	}
	fmt.Fprintln(w, "\nNeeds attention:")
	for _, p := range problems {
		fmt.Fprintf(w, "  - %s\n", clean(problemText(p)))
		if p.Remedy != "" {
			fmt.Fprintf(w, "    %s\n", clean(p.Remedy))
		}
	}
}

// problemText names the board that a problem is about, unless the message does.
func problemText(p connector.Problem) string {
	board := p.Board
	if p.Name != "" {
		board = fmt.Sprintf("%s (%s)", p.Name, p.Board)
	}
	if p.Board == "" || strings.Contains(p.Message, p.Board) {
		return p.Message
	}
	return "board " + board + ": " + p.Message
}

// tellReport is the end of a run in a log.
func tellReport(log *slog.Logger, r *connector.Report, err error, stopped bool) {
	for _, name := range tableOrder(r.Counts) {
		if n := r.Counts[name]; n.New+n.Changed+n.Deleted > 0 {
			log.Info("table", "table", name, "new", n.New, "changed", n.Changed, "deleted", n.Deleted, "same", n.Same)
		}
	}
	for _, p := range r.Problems {
		log.Warn("needs attention", "kind", p.Kind, "board", p.Board, "name", p.Name, "problem", p.Message, "remedy", p.Remedy)
	}
	args := []any{"outcome", r.Outcome, "mode", r.Mode, "nothing_new", nothingNew(r), "calls", r.Calls, "points", r.Points, "took", r.Ended.Sub(r.Started).Round(time.Millisecond),
		"read_to", r.ReadTo, "complete_to", r.CompleteTo, "queued", r.Queued, "version", r.Version}
	if !r.Until.IsZero() {
		args = append(args, "until", r.Until)
	}
	if err != nil && !stopped {
		args = append(args, "err", err)
	}
	words, level := "the run is complete", slog.LevelInfo
	switch {
	case r.Outcome == "partial" && stopped:
		words, level = "the run was stopped; the next goes on from there", slog.LevelWarn
	case r.Outcome == "partial":
		words, level = "the run is not through yet; the next goes on from there", slog.LevelWarn
	case r.Outcome != "complete":
		words, level = "the run failed; the next goes on from there", slog.LevelError
	}
	log.Log(context.Background(), level, words, args...)
}
