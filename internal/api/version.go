package api

import "github.com/lunedi-dev/lunedi/internal/graphql"

// apiVersion is one version of the API that is served.
type apiVersion struct{ name, kind, display string }

// served are the versions this server answers in, ascending. The one of kind current is what is
// answered in when no version is asked for, or one that is not served.
var served = []*apiVersion{
	{"2026-04", "current", "Current"},
}

const currentVersion = "2026-04"

func versionNames() []string {
	names := make([]string, len(served))
	for i, v := range served {
		names[i] = v.name
	}
	return names
}

// negotiate finds the version to answer in for an API-Version header. It is not ok when the header is
// no version at all; a version that is not served is answered in the current one, without an error.
func negotiate(asked string) (v *apiVersion, ok bool) {
	for _, v := range served {
		if v.name == asked {
			return v, true
		}
	}
	return current(), asked == "" || asked == "default" || asked == "dev" || wellFormed(asked)
}

func current() *apiVersion {
	for _, v := range served {
		if v.name == currentVersion {
			return v
		}
	}
	panic("no current version")
}

func wellFormed(s string) bool {
	if len(s) != 7 || s[4] != '-' {
		return false
	}
	for i, c := range s {
		if i != 4 && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func (h *Handler) version() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {
			"version": graphql.Root(func(c *graphql.Context, _ graphql.Args) (any, error) {
				return callOf(c).version, nil
			}),
			"versions": graphql.Root(func(*graphql.Context, graphql.Args) (any, error) {
				return graphql.Slice[*apiVersion](served), nil
			}),
		},
		"Version": {
			"display_name": nameLeaf(func(v *apiVersion) string { return v.display }),
			"kind":         nameLeaf(func(v *apiVersion) string { return v.kind }),
			"value":        nameLeaf(func(v *apiVersion) string { return v.name }),
		},
	}
}
