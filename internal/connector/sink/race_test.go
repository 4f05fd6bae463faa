//go:build race

package sink

const raced = true
