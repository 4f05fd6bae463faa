package emit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// Option is a key of the configuration file.
type Option struct {
	Name     string
	Title    string
	Doc      string
	Type     string // of JSON Schema
	Format   string
	Pattern  string
	Default  any
	Min, Max *float64
	Secret   bool
	Required bool
	Examples []string
	Aliases  []string

	set func(*connector.Config, any) error
}

func number(n float64) *float64 { return &n }

// Options are all keys of the configuration file; others are let pass, since the programs that write it add
// their own.
var Options = []Option{
	{Name: "auth_token", Title: "API token", Type: "string", Secret: true, Required: true, Aliases: []string{"api_token", "api_key"},
		Doc: "A personal API token of an admin of the account. Admins find it under Administration, Connections, API; others under Developers, My access tokens.",
		set: func(c *connector.Config, v any) error { return setText(&c.AuthToken, v) }},
	{Name: "start_date", Title: "Start date", Type: "string", Required: true, Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$`,
		Doc:      "What was last updated before is left out. A date, or a date and time, as ISO 8601 has them.",
		Examples: []string{"2024-01-01", "2024-05-01T00:00:00Z"},
		set: func(c *connector.Config, v any) error {
			var text string
			if err := setText(&text, v); err != nil {
				return err
			}
			now := time.Now
			if c.Now != nil {
				now = c.Now
			}
			var err error
			c.StartDate, err = connector.ParseStartDate(text, now())
			return err
		}},
	{Name: "endpoint", Title: "Address of the API", Type: "string", Format: "uri",
		Doc:      "Of another server that speaks the API, such as Lunedi's; the service's own when it is left out.",
		Examples: []string{"http://127.0.0.1:8080/v2"},
		set: func(c *connector.Config, v any) error {
			if err := setText(&c.Endpoint, v); err != nil || c.Endpoint == "" {
				return err
			}
			if u, err := url.Parse(c.Endpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
				return errors.New("is no address like https://api.example.com/v2")
			}
			return nil
		}},
	{Name: "board_ids", Title: "Boards", Type: "array",
		Doc: "The ids of the boards to keep; all that the token's user sees when it is left out.",
		set: func(c *connector.Config, v any) error { return setIDs(&c.Boards, v) }},
	{Name: "call_share", Title: "Share of the day's calls", Type: "number", Default: connector.DefaultCallShare, Min: number(0.01), Max: number(1),
		Doc: "The part of the plan's calls of a day that may be used, so that other integrations have the rest.",
		set: func(c *connector.Config, v any) error {
			return setNumber(v, 0.01, 1, func(n float64) { c.CallShare = n })
		}},
	{Name: "call_cap", Title: "Calls a day", Type: "integer", Min: number(1),
		Doc: "A number of calls a day in place of the share.",
		set: func(c *connector.Config, v any) error {
			return setNumber(v, 1, 1e9, func(n float64) { c.CallCap = int(n) })
		}},
	{Name: "lag_minutes", Title: "Lag", Type: "number", Default: 5, Min: number(0),
		Doc: "How many minutes a change may take until reads show it.",
		set: func(c *connector.Config, v any) error { return setTime(&c.Lag, time.Minute, v) }},
	{Name: "sweep_hours", Title: "Comparison of ids", Type: "number", Default: 24, Min: number(0),
		Doc: "After how many hours all ids are compared, which finds what the activity log does not tell.",
		set: func(c *connector.Config, v any) error { return setTime(&c.SweepEvery, time.Hour, v) }},
	{Name: "full_days", Title: "Full reading", Type: "number", Default: 30, Min: number(0),
		Doc: "After how many days everything is read anew, for changes that leave no trace, such as those of mirrored columns.",
		set: func(c *connector.Config, v any) error { return setTime(&c.FullEvery, 24*time.Hour, v) }},
}

func setText(to *string, v any) error {
	text, ok := v.(string)
	if !ok {
		return errors.New("is no text")
	}
	*to = strings.TrimSpace(text)
	return nil
}

// setIDs takes a list, or a text with commas: some programs can only pass texts.
func setIDs(to *[]string, v any) error {
	var list []any
	switch v := v.(type) {
	case []any:
		list = v
	case string:
		for id := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ',' || r == ' ' }) {
			list = append(list, id)
		}
	default:
		return errors.New("is no list of ids")
	}
	for _, id := range list {
		text := fmt.Sprint(id)
		if _, ok := decimal(text); !ok {
			return fmt.Errorf("%q is no id of a board", text)
		}
		if !slices.Contains(*to, text) {
			*to = append(*to, text)
		}
	}
	return nil
}

func setNumber(v any, least, most float64, set func(float64)) error {
	var (
		n   float64
		err error
	)
	switch v := v.(type) {
	case json.Number:
		n, err = v.Float64()
	case string:
		n, err = json.Number(v).Float64()
	default:
		err = errors.New("is no number")
	}
	if err != nil {
		return errors.New("is no number")
	}
	if !(n >= least && n <= most) {
		return fmt.Errorf("is not between %v and %v", least, most)
	}
	set(n)
	return nil
}

func setTime(to *time.Duration, unit time.Duration, v any) error {
	return setNumber(v, 0, 1e5, func(n float64) { *to = max(time.Duration(n*float64(unit)), time.Nanosecond) })
}

// ConfigError says what is wrong with a file or flag that was given. It never tells what is secret.
type ConfigError struct {
	Err     error
	Options bool // the configuration file could be read, and what it says cannot be used
}

func (e *ConfigError) Error() string { return e.Err.Error() }
func (e *ConfigError) Unwrap() error { return e.Err }

// ReadConfig reads a configuration file. Its errors are of type *ConfigError, with all that is wrong.
func ReadConfig(file string, now func() time.Time) (connector.Config, error) {
	cfg := connector.Config{Now: now}
	var given map[string]any
	if err := ReadJSON("--config", file, &given); err != nil {
		return cfg, &ConfigError{Err: err}
	}
	if given == nil {
		return cfg, &ConfigError{Err: fmt.Errorf("--config: %s holds no JSON object", file)}
	}
	// Airbyte's own connector keeps the token in here.
	if inner, ok := given["credentials"].(map[string]any); ok {
		for k, v := range inner {
			if _, twice := given[k]; !twice {
				given[k] = v
			}
		}
	}
	var errs []error
	for _, o := range Options {
		v, name := lookUp(given, o)
		switch {
		case v != nil:
			var refused *connector.Refused
			if err := o.set(&cfg, v); errors.As(err, &refused) {
				errs = append(errs, err) // it names the field
			} else if err != nil {
				errs = append(errs, fmt.Errorf("%s %w", name, err))
			}
		case o.Required:
			errs = append(errs, fmt.Errorf("%s is missing", o.Name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return cfg, &ConfigError{Options: true, Err: fmt.Errorf("the configuration cannot be used: %s", strings.ReplaceAll(err.Error(), "\n", "; "))}
	}
	return cfg, nil
}

func lookUp(given map[string]any, o Option) (any, string) {
	for _, name := range append([]string{o.Name}, o.Aliases...) {
		if v := given[name]; v != nil && (v != "" || !o.Required) {
			return v, name
		}
	}
	return nil, ""
}

// ReadJSON reads a file that a flag names. A file with nothing in it leaves v as it is.
func ReadJSON(flag, file string, v any) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%s: %s is not the JSON it should be: %w", flag, file, plain(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %s holds more than one JSON value", flag, file)
	}
	return nil
}
