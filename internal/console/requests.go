package console

// Requests are the latest requests to the API, for the inspector.
type Requests struct{}
