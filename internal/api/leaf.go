package api

import (
	"strconv"
	"time"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

// scalars check the inputs of custom scalars; the others take them as they come.
var scalars = map[string]func(any) (any, error){"JSON": checkJSON, "File": checkFile}

const null = "null"

// Bindings of scalar fields that are a pure function of their object.

// idLeaf binds an id, null where it is 0.
func idLeaf[T any, K ~int64](f func(T) K) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte {
		if id := int64(f(obj)); id != 0 {
			return appendID(dst, id)
		}
		return append(dst, null...)
	})
}

// keyLeaf binds an id that is never null.
func keyLeaf[T any, K ~int64](f func(T) K) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte { return appendID(dst, int64(f(obj))) })
}

// textLeaf binds a string, null where it is empty.
func textLeaf[T any, S ~string](f func(T) S) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte { return appendText(dst, string(f(obj))) })
}

// nameLeaf binds a string that is never null.
func nameLeaf[T any, S ~string](f func(T) S) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte { return graphql.AppendString(dst, string(f(obj))) })
}

// rawLeaf binds JSON that is handed over as it is and not as its text; null where there is none.
func rawLeaf[T any](f func(T) string) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte {
		if js := f(obj); js != "" {
			return append(dst, js...)
		}
		return append(dst, null...)
	})
}

func boolLeaf[T any](f func(T) bool) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte { return graphql.AppendBool(dst, f(obj)) })
}

func intLeaf[T any](f func(T) int) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte { return graphql.AppendInt(dst, int64(f(obj))) })
}

// maybeInt binds a number, null where there is none.
func maybeInt[T any](f func(T) (int, bool)) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte {
		if n, ok := f(obj); ok {
			return graphql.AppendInt(dst, int64(n))
		}
		return append(dst, null...)
	})
}

func maybeFloat[T any](f func(T) (float64, bool)) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte {
		if n, ok := f(obj); ok {
			return graphql.AppendFloat(dst, n)
		}
		return append(dst, null...)
	})
}

// dayLeaf binds a moment of which the day is told.
func dayLeaf[T any](f func(T) time.Time) graphql.Field { return timeLeaf(f, `"2006-01-02"`) }

// momentLeaf binds a moment, told to the second.
func momentLeaf[T any](f func(T) time.Time) graphql.Field {
	return timeLeaf(f, `"2006-01-02T15:04:05Z"`)
}

func timeLeaf[T any](f func(T) time.Time, layout string) graphql.Field {
	return graphql.Leaf(func(dst []byte, obj T) []byte {
		if t := f(obj); !t.IsZero() {
			return t.UTC().AppendFormat(dst, layout)
		}
		return append(dst, null...)
	})
}

// fixedLeaf binds a field that has the same JSON for every object.
func fixedLeaf(json string) graphql.Field {
	return graphql.Field{Append: func(dst []byte, _ any) []byte { return append(dst, json...) }}
}

func appendID(dst []byte, id int64) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, id, 10)
	return append(dst, '"')
}

// appendList appends a list of numbers, each as one does it.
func appendList(dst []byte, list []int64, one func([]byte, int64) []byte) []byte {
	dst = append(dst, '[')
	for i, n := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, n)
	}
	return append(dst, ']')
}

func appendText(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, null...)
	}
	return graphql.AppendString(dst, s)
}

// cached marks a field whose value depends on its object, the snapshot and the caller's class alone.
func cached(f graphql.Field) graphql.Field {
	f.Cached = true
	return f
}
