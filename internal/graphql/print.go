package graphql

import (
	"strings"

	"github.com/vektah/gqlparser/v2/formatter"
)

// print writes the schema in standard SDL. The directives that are for the executor are gone already.
func (s *schema) print() string {
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchema(s.ast)
	return b.String()
}
