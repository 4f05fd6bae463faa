package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/sink"
	"github.com/spf13/cobra"
)

// runsShown is how many runs status tells of unless told otherwise.
const runsShown = 10

func (p *program) statusCommand(l links) *cobra.Command {
	var into string
	runs := runsShown
	cmd := &cobra.Command{
		Use:   "status",
		Short: "What lunedi sync has kept, and how its runs ended",
		Long: `Tells which account is kept in a destination, up to when it is complete, how many
rows each table has, and how the latest runs ended. The service is not asked.`,
		Example: `  lunedi status --into sqlite:account.db
  lunedi status --into 'postgres://me@db.example.com/data?schema=monday' --runs 50`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if into == "" {
				return faults(errors.New("--into: the destination is missing, like sqlite:account.db"))
			}
			if err := faults(checkDestination(into), notNegative("runs", runs)); err != nil {
				return err
			}
			return p.status(cmd.Context(), l, into, runs)
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "where the tables are: "+sink.Forms)
	cmd.Flags().IntVar(&runs, "runs", runs, "how many runs to show, at most 100")
	return cmd
}

func (p *program) status(ctx context.Context, l links, into string, runs int) (err error) {
	ctx, stop := untilStopped(ctx)
	defer stop()
	dest, err := l.look(ctx, into)
	if err != nil {
		return fmt.Errorf("--into: %w", err)
	}
	defer func() { err = errors.Join(err, dest.Close()) }()
	s, err := l.status(ctx, dest)
	if err != nil {
		return fmt.Errorf("--into: %w", err)
	}
	printStatus(p.stdout, s, runs)
	return nil
}

func printStatus(w io.Writer, s *connector.Status, most int) {
	if s.AccountID == "" && len(s.Runs) == 0 {
		fmt.Fprintln(w, "Nothing has been synchronised yet.")
		return
	}
	fmt.Fprintf(w, "%s (%s)", clean(cmp.Or(s.AccountName, "Account")), s.AccountID)
	if !s.StartDate.IsZero() {
		fmt.Fprintf(w, ", what was updated since %s", clockTime(s.StartDate))
	}
	fmt.Fprintln(w)
	printMarks(w, s.ReadTo, s.CompleteTo)
	if s.Queued > 0 {
		fmt.Fprintf(w, "%s items are still to be read.\n", grouped(s.Queued))
	}
	fmt.Fprintf(w, "%s calls today.\n\n", grouped(s.CallsToday))
	var rows [][]string
	var sum connector.Rows
	for _, name := range tableOrder(s.Rows) {
		n := s.Rows[name]
		sum.Live, sum.Deleted = sum.Live+n.Live, sum.Deleted+n.Deleted
		rows = append(rows, []string{name, grouped(n.Live), grouped(n.Deleted)})
	}
	rows = append(rows, []string{"total", grouped(sum.Live), grouped(sum.Deleted)})
	table(w, []string{"table", "rows", "deleted"}, rows)
	if len(s.Runs) == 0 || most == 0 {
		return
	}
	fmt.Fprintln(w)
	rows = nil
	for _, r := range s.Runs[:min(len(s.Runs), most)] {
		var n connector.Count
		for _, c := range r.Counts {
			n = connector.Count{New: n.New + c.New, Changed: n.Changed + c.Changed, Deleted: n.Deleted + c.Deleted}
		}
		rows = append(rows, []string{r.Started.UTC().Format(time.DateTime), r.Mode, r.Outcome, minutes(r.Ended.Sub(r.Started)),
			grouped(n.New), grouped(n.Changed), grouped(n.Deleted), grouped(r.Calls), grouped(r.Points)})
	}
	table(w, []string{"run (UTC)", "mode", "outcome", "took", "new", "changed", "deleted", "calls", "points"}, rows)
	printProblems(w, s.Runs[0].Problems)
}
