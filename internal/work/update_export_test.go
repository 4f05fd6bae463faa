package work

// SafeHTML is safeHTML.
func SafeHTML(s string) string { return safeHTML(s) }
