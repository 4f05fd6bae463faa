package emit

import (
	"context"
	"errors"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

// Failure says who can do something about an error.
type Failure uint8

// The failures.
const (
	Broken     Failure = iota // whoever writes this program, as far as it can tell
	Configured                // whoever configured the source, or gave the token
	Passing                   // nobody: it is tried again
)

// kinds are those of the service's errors about which more is known.
var kinds = map[mondayapi.Kind]Failure{
	mondayapi.Transient: Passing, mondayapi.DailyLimit: Passing, mondayapi.CursorExpired: Passing,
	mondayapi.Unauthorized: Configured, mondayapi.Forbidden: Configured,
}

// FailureOf tells the failure of an error. The report, if there is one, knows of limits.
func FailureOf(err error, report *connector.Report) Failure {
	var (
		refused *connector.Refused
		config  *ConfigError
		state   *StateError
		failed  *mondayapi.Error
	)
	switch {
	case errors.As(err, &refused), errors.As(err, &config), errors.As(err, &state):
		return Configured
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Passing
	case report != nil && !report.Until.IsZero():
		return Passing
	case errors.As(err, &failed):
		return kinds[failed.Kind]
	}
	return Broken
}
