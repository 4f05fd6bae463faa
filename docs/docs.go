// Package docs holds the documents that the program itself shows.
package docs

import _ "embed"

// Coverage is what clients ask for and what of it is served, in Markdown.
//
//go:embed coverage.md
var Coverage string
