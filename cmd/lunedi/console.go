package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/lunedi-dev/lunedi/internal/api"
	"github.com/lunedi-dev/lunedi/internal/console"
	"github.com/lunedi-dev/lunedi/internal/store"
	"github.com/spf13/pflag"
)

// graphiqlConfig names the folder that GraphiQL is in.
type graphiqlConfig struct {
	Dir string // "": there is none

	files console.GraphiQL
}

func (c *graphiqlConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.Dir, "graphiql", "", "folder with GraphiQL, which the console then offers beside its own editor; make graphiql makes one")
}

func (c *graphiqlConfig) validate() (err error) {
	if c.Dir == "" {
		return nil
	}
	if c.files, err = console.ReadGraphiQL(os.DirFS(c.Dir)); err != nil {
		return fmt.Errorf("--graphiql: %w", err)
	}
	return nil
}

// inspector is what the console shows of requests. texts says whether it has what was asked, too.
func (s *stack) inspector(texts bool) (*console.Requests, func(api.Observation)) {
	requests := console.NewRequests(texts, time.Now())
	return requests, func(o api.Observation) {
		s.observe(o)
		requests.Add(console.Request(o))
	}
}

// backup answers with a backup of the database and the uploaded files.
func (s *stack) backup(w http.ResponseWriter, r *http.Request) error {
	opt := store.BackupOptions{Program: version()}
	if s.files != nil {
		opt.Files = s.files
	}
	_, err := store.Backup(r.Context(), s.store, w, opt)
	return err
}
