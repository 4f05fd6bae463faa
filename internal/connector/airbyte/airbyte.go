// Package airbyte is the connector as a source that speaks the Airbyte protocol, version 0: spec, check,
// discover and read. Nothing but its messages goes to the output, one a line, and the token is in none.
package airbyte

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/emit"
)

// ProtocolVersion is that of the messages.
const ProtocolVersion = "0.3.2"

// Source is the connector behind the protocol.
type Source struct {
	Out   io.Writer
	Now   func() time.Time // time.Now when nil
	Check func(context.Context, connector.Config) (*connector.Account, error)
	Run   func(context.Context, connector.Config, connector.Sink, connector.Mode) (*connector.Report, error)
}

// Command is what is asked for: the protocol's name of it, and the files.
type Command struct {
	Name                   string // spec, check, discover, read
	Config, Catalog, State string
}

// ErrSaid is the error of a command whose failure was told in messages.
var ErrSaid = errors.New("the failure was told in a message")

// session is one command under way.
type session struct {
	Source
	lines *emit.Lines
	scrub func(string) string
	log   *slog.Logger
}

// Do does a command. It returns nil or ErrSaid: a failure, also one of the program, is a message.
func (src Source) Do(ctx context.Context, c Command) (err error) {
	if src.Now == nil {
		src.Now = time.Now
	}
	s := &session{Source: src, lines: emit.NewLines(src.Out), scrub: emit.Scrubber("")}
	s.log = emit.NewLog(slog.LevelInfo, s.logLine)
	var report *connector.Report
	defer func() {
		if p := recover(); p != nil {
			err = s.fail(fmt.Errorf("the program failed: %v", p), nil, string(debug.Stack()))
		}
	}()
	commands := map[string]func(context.Context, Command) (*connector.Report, error){
		"spec": s.spec, "check": s.check, "discover": s.discover, "read": s.read,
	}
	do, ok := commands[c.Name]
	if !ok {
		return s.fail(&emit.ConfigError{Err: fmt.Errorf("there is no command %q", c.Name)}, nil, "")
	}
	if report, err = do(ctx, c); err != nil {
		return s.fail(err, report, "")
	}
	if err := s.lines.Flush(); err != nil {
		return fmt.Errorf("%w: %w", ErrSaid, err)
	}
	return nil
}

// fail tells an error.
func (s *session) fail(err error, report *connector.Report, stack string) error {
	text := s.scrub(err.Error())
	t := &errorTrace{Message: text, Internal: fmt.Sprintf("%T", err), Stack: s.scrub(stack), Failure: failures[emit.FailureOf(err, report)]}
	_ = s.say(message{Type: "TRACE", Trace: &trace{Type: "ERROR", Error: t}}) // nobody else could be told
	return ErrSaid
}

func (s *session) say(m message) error {
	if m.Trace != nil {
		m.Trace.At = s.Now().UnixMilli()
	}
	return s.lines.Write(m)
}

// levels are the words for levels of a log.
var levels = map[slog.Level]string{slog.LevelDebug: "DEBUG", slog.LevelInfo: "INFO", slog.LevelWarn: "WARN", slog.LevelError: "ERROR"}

func (s *session) logLine(level slog.Level, text string) {
	word, ok := levels[level]
	if !ok {
		word = "INFO"
	}
	_ = s.say(message{Type: "LOG", Log: &logLine{Level: word, Message: s.scrub(text)}}) // the next record tells of a lost output
}

// config reads the configuration; from then on its token is scrubbed.
func (s *session) config(c Command) (connector.Config, error) {
	if c.Config == "" {
		return connector.Config{}, &emit.ConfigError{Err: errors.New("--config is missing: the file with auth_token and start_date")}
	}
	cfg, err := emit.ReadConfig(c.Config, s.Now)
	s.scrub = emit.Scrubber(cfg.AuthToken)
	cfg.Log = s.log
	return cfg, err
}

func (s *session) spec(context.Context, Command) (*connector.Report, error) {
	properties, required := map[string]any{}, []string{}
	for i, o := range emit.Options {
		p := map[string]any{"type": o.Type, "title": o.Title, "description": o.Doc, "order": i}
		for key, v := range map[string]string{"format": o.Format, "pattern": o.Pattern} {
			if v != "" {
				p[key] = v
			}
		}
		if o.Type == "array" {
			p["items"] = map[string]any{"type": "string"}
		}
		if o.Secret {
			p["airbyte_secret"] = true
		}
		if o.Default != nil {
			p["default"] = o.Default
		}
		if o.Min != nil {
			p["minimum"] = *o.Min
		}
		if o.Max != nil {
			p["maximum"] = *o.Max
		}
		if o.Examples != nil {
			p["examples"] = o.Examples
		}
		if o.Required {
			required = append(required, o.Name)
		}
		properties[o.Name] = p
	}
	return nil, s.say(message{Type: "SPEC", Spec: &spec{
		DocumentationURL: "https://github.com/lunedi-dev/lunedi#connector", ProtocolVersion: ProtocolVersion,
		Incremental: true, DestinationModes: []string{},
		Configuration: map[string]any{"$schema": "http://json-schema.org/draft-07/schema#", "title": "monday.com", "type": "object",
			"required": required, "additionalProperties": true, "properties": properties},
	}})
}

// check tells whether the source can be used; a failure to tell is a failure of the command.
func (s *session) check(ctx context.Context, c Command) (*connector.Report, error) {
	cfg, err := s.config(c)
	var (
		account *connector.Account
		wrong   *emit.ConfigError
	)
	if err == nil {
		account, err = s.Check(ctx, cfg)
	} else if errors.As(err, &wrong) && !wrong.Options {
		return nil, err // there was no configuration to check
	}
	if err != nil {
		return nil, s.say(message{Type: "CONNECTION_STATUS", Connection: &connectionStatus{Status: "FAILED", Message: s.scrub(err.Error())}})
	}
	s.tell(account.Lost)
	return nil, s.say(message{Type: "CONNECTION_STATUS", Connection: &connectionStatus{Status: "SUCCEEDED",
		Message: s.scrub(fmt.Sprintf("%s, as %s; %d boards", account.Name, account.UserName, account.Boards))}})
}

// tell warns of problems.
func (s *session) tell(list []connector.Problem) {
	for _, p := range list {
		text := p.Message
		if p.Remedy != "" {
			text += " " + p.Remedy
		}
		s.log.Warn(text)
	}
}

func (s *session) discover(ctx context.Context, c Command) (*connector.Report, error) {
	cfg, err := s.config(c)
	if err != nil {
		return nil, err
	}
	account, err := s.Check(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s.tell(account.Lost)
	lost := map[string]bool{}
	for _, name := range account.Unread {
		lost[name] = true
	}
	list := emit.Readable(lost)
	out := &catalog{Streams: []stream{}}
	there := map[string]bool{}
	for _, st := range list {
		out.Streams = append(out.Streams, streamOf(st))
		there[st.Name] = true
	}
	for _, st := range connector.Streams() {
		if !there[st.Name] {
			s.log.Warn("the stream " + st.Name + " is left out: the token cannot read it")
		}
	}
	return nil, s.say(message{Type: "CATALOG", Catalog: out})
}

// The modes of a stream.
const (
	fullRefresh = "full_refresh"
	incremental = "incremental"
)

// streamOf describes a stream. The cursor is when a row was read, never a time of the service's: those do not
// move with every change, and a row that is gone has none.
func streamOf(st *connector.Stream) stream {
	out := stream{Name: st.Name, Schema: emit.SchemaOf(st, emit.All), Modes: []string{fullRefresh, incremental},
		DefinedCursor: true, Cursor: []string{emit.SyncedAt}, Resumable: true}
	out.Schema.Schema = "http://json-schema.org/draft-07/schema#"
	for name, p := range out.Schema.Properties {
		if p.Format == "date-time" {
			p.AirbyteType = "timestamp_with_timezone"
			out.Schema.Properties[name] = p
		}
	}
	for _, k := range st.Key {
		out.Key = append(out.Key, []string{k})
	}
	return out
}
