package graphql

import (
	"slices"
	"strings"
)

// maxSuggestions is how many names a suggestion lists, as in graphql-js.
const maxSuggestions = 5

// didYouMean is graphql-js's suggestion for a name that does not exist, ` Did you mean "a" or "b"?`,
// or nothing when no option is near. sub stands before the names.
func didYouMean(sub, name string, options []string) string {
	return didYouMeanNames(sub, nearest(name, options))
}

func didYouMeanNames(sub string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	if sub != "" {
		sub += " "
	}
	names = names[:min(len(names), maxSuggestions)]
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = `"` + n + `"`
	}
	list := strings.Join(quoted, " or ")
	if last := len(quoted) - 1; last > 1 {
		list = strings.Join(quoted[:last], ", ") + ", or " + quoted[last]
	}
	return " Did you mean " + sub + list + "?"
}

// nearest returns the options that may have been meant, the nearest first.
func nearest(name string, options []string) []string {
	type option struct {
		name     string
		distance int
	}
	threshold := len(name)*2/5 + 1
	var near []option
	for _, o := range options {
		if len(o) > len(name)+threshold || len(name) > len(o)+threshold {
			continue
		}
		if d := distance(name, o); d <= threshold {
			near = append(near, option{o, d})
		}
	}
	slices.SortFunc(near, func(a, b option) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	out := make([]string, len(near))
	for i, o := range near {
		out[i] = o.name
	}
	return out
}

// distance counts the edits from a to b: insert, delete, replace, or swap neighbours; a difference in
// case alone is one.
func distance(a, b string) int {
	if a == b {
		return 0
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	if a == b {
		return 1
	}
	var before, last, row []int
	row = make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
