package connector

import (
	"embed"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// The documents that are sent. A file holds operations and fragments; an operation is sent with the
// fragments that it uses. What differs between versions of the API stands in several forms: "# since V"
// before a definition says that it is in place of the one above from version V on.
//
//go:embed query/*.graphql
var queryFiles embed.FS

// form is a definition as it is from a version on.
type form struct {
	since string
	text  string
}

var definitions = sync.OnceValue(func() map[string][]form {
	out := map[string][]form{}
	files, err := queryFiles.ReadDir("query")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		text, err := queryFiles.ReadFile(path.Join("query", f.Name()))
		if err != nil {
			panic(err)
		}
		for part := range strings.SplitSeq(string(text), "\n}\n") {
			part = strings.TrimSpace(part)
			if part == "" {
				continue
			}
			since := ""
			if rest, ok := strings.CutPrefix(part, "# since "); ok {
				since, part, _ = strings.Cut(rest, "\n")
			}
			name := definitionName.FindStringSubmatch(part)[1]
			out[name] = append(out[name], form{since, part + "\n}\n"})
		}
	}
	return out
})

var (
	definitionName = regexp.MustCompile(`^(?:query|fragment) (\w+)`)
	spread         = regexp.MustCompile(`\.\.\.(\w+)`)
	declared       = regexp.MustCompile(`\$(\w+): `)
)

// document is what is sent, and the names of its variables.
type document struct {
	text string
	vars []string
}

// documents are those that were made already, by name and version.
var documents sync.Map

// documentFor makes an operation's document for a version of the API.
func documentFor(name, version string) *document {
	key := name + "@" + version
	if d, ok := documents.Load(key); ok {
		return d.(*document)
	}
	return keep(key, definition(name, version), version)
}

// rootsFor makes a document of fragments on Query, at their first page or at $page.
func rootsFor(parts []string, version string) *document {
	key := strings.Join(parts, "+") + "@" + version
	if d, ok := documents.Load(key); ok {
		return d.(*document)
	}
	paged, body := "", ""
	for _, p := range parts {
		if strings.Contains(definition(p, version), "$page") {
			paged = "($page: Int!) "
		}
		body += "  ..." + p + "\n"
	}
	return keep(key, "query directory"+paged+"{\n  complexity { before query after reset_in_x_seconds }\n"+body+"}\n", version)
}

// keep adds the fragments that a text uses to it.
func keep(key, text, version string) *document {
	d := &document{}
	for _, v := range declared.FindAllStringSubmatch(strings.SplitN(text, "{", 2)[0], -1) {
		d.vars = append(d.vars, v[1])
	}
	var used []string
	for rest := text; rest != ""; {
		found := ""
		for _, s := range spread.FindAllStringSubmatch(rest, -1) {
			if !slices.Contains(used, s[1]) {
				used = append(used, s[1])
				found += definition(s[1], version)
			}
		}
		text += found
		rest = found
	}
	d.text = text
	documents.Store(key, d)
	return d
}

// definition is the newest form that a version has.
func definition(name, version string) (text string) {
	for _, f := range definitions()[name] {
		if f.since <= version {
			text = f.text
		}
	}
	if text == "" {
		panic("no definition of " + name)
	}
	return text
}

// forms are the versions from which on something is another.
var forms = sync.OnceValue(func() (list []string) {
	for _, all := range definitions() {
		for _, f := range all {
			if f.since != "" && !slices.Contains(list, f.since) {
				list = append(list, f.since)
			}
		}
	}
	slices.Sort(list)
	return list
})

// nextForm is the version after the given one from which on something is another; empty when there is none.
func nextForm(version string) string {
	for _, v := range forms() {
		if v > version {
			return v
		}
	}
	return ""
}
