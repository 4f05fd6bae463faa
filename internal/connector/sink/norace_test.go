//go:build !race

package sink

const raced = false
