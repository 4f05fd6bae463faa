package faults

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const webPage = "<!DOCTYPE html><html><head><title>%s</title></head><body><center><h1>%[1]s</h1></center></body></html>"

// canned are the answers that need no server. N in them is Plan.RetryIn.
var canned = []struct {
	kind   Kind
	status int
	body   string
	header string // Retry-After: "N", or "date"
}{
	{MinuteLimit, 429, limit("Minute rate limit exceeded", "MINUTE_RATE_LIMIT_EXCEEDED", `,"retry_in_seconds":N`), "N"},
	{Concurrency, 429, limit("Too many concurrent requests", "MAX_CONCURRENCY_EXCEEDED", `,"retry_in_seconds":N`), ""},
	{IPLimit, 429, limit("IP rate limit exceeded", "IP_RATE_LIMIT_EXCEEDED", ""), "N"},
	{Complexity429, 429, limit("Complexity budget exhausted", "COMPLEXITY_BUDGET_EXHAUSTED", `,"retry_in_seconds":N`), ""},
	{Complexity200, 200, limit("Complexity budget exhausted", "COMPLEXITY_BUDGET_EXHAUSTED", `,"complexity":11,"complexity_budget_left":3,"complexity_budget_limit":5000000,"status_code":429,"retry_in_seconds":N`), ""},
	{ComplexityFlat, 429, `{"error_message":"Complexity budget exhausted, query cost 30001 budget remaining 19986 out of 1000000 reset in N seconds","error_code":"ComplexityException","error_data":{},"status_code":429,"account_id":1}`, ""},
	{FieldLimit, 429, `{"error_message":"Concurrency limit exceeded for the field","error_code":"FIELD_LIMIT_EXCEEDED","error_data":{"retry_in_seconds":N,"entity":"boards"},"status_code":429,"account_id":1}`, ""},
	{LimitEmpty, 429, "", ""},
	{LimitHTML, 429, fmt.Sprintf(webPage, "429 Too Many Requests"), "N"},
	{LimitDate, 429, "", "date"},
	{DailyLimit, 429, limit("Daily limit exceeded", "DAILY_LIMIT_EXCEEDED", ""), ""},
	{Error500, 500, `{"status_code":500,"error_message":"Internal server error","error_code":"INTERNAL_SERVER_ERROR","errors":[{"message":"Internal server error","extensions":{"status_code":500,"error_code":"INTERNAL_SERVER_ERROR"}}]}`, ""},
	{Error200, 200, `{"data":null,"errors":[{"message":"Internal server error","path":[],"extensions":{"status_code":500,"error_code":"INTERNAL_SERVER_ERROR","service":"monolith"}}],"extensions":{"request_id":"fault"}}`, ""},
	{Error502, 502, fmt.Sprintf(webPage, "502 Bad Gateway"), ""},
	{Error503, 503, `{"errors":[{"message":"Request processing timeout exceeded","extensions":{"code":"TIMEOUT_EXCEEDED"}}]}`, ""},
	{Error504, 504, "", ""},
	{Locked, 423, `{"errors":[{"message":"Resource is currently locked, please try again later","extensions":{"status_code":423}}]}`, ""},
}

func limit(message, code, more string) string {
	return fmt.Sprintf(`{"errors":[{"message":%q,"extensions":{"code":%q%s}}],"extensions":{"request_id":"fault"}}`, message, code, more)
}

var tooComplex = `{"errors":[{"message":"Query has complexity of 6000001, which exceeds max complexity of 5000000","extensions":{"code":"maxComplexityExceeded"}}],"extensions":{"request_id":"fault"}}`

func expired(key string) string {
	return failed(key, "CursorExpiredError: The cursor provided for pagination has expired. Please refresh your query and obtain a new cursor to continue fetching items",
		"CursorException", 200)
}

func forbidden(key string) string {
	return failed(key, "User unauthorized to perform action", "USER_UNAUTHORIZED", 403)
}

func failed(key, message, code string, status int) string {
	return fmt.Sprintf(`{"data":null,"errors":[{"message":%q,"path":[%q],"extensions":{"code":%q,"status_code":%d,"error_data":{},"service":"monolith"}}],"extensions":{"request_id":"fault"}}`,
		message, key, code, status)
}

func send(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		switch {
		case strings.HasPrefix(body, "<"):
			w.Header().Set("Content-Type", "text/html")
		case body != "":
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// canned makes the answer of a kind. The caller has the lock.
func (h *Handler) canned(k Kind) func(http.ResponseWriter) {
	for _, c := range canned {
		if c.kind != k {
			continue
		}
		retry, now := h.plan.RetryIn, h.plan.Now().UTC()
		seconds := strconv.Itoa(retry)
		body := c.body
		for _, where := range []string{`"retry_in_seconds":`, "reset in "} {
			body = strings.ReplaceAll(body, where+"N", where+seconds)
		}
		return func(w http.ResponseWriter) {
			switch c.header {
			case "N":
				w.Header().Set("Retry-After", seconds)
			case "date":
				w.Header().Set("Date", now.Format(http.TimeFormat))
				w.Header().Set("Retry-After", now.Add(time.Duration(retry)*time.Second).Format(http.TimeFormat))
			}
			send(c.status, body)(w)
		}
	}
	return send(500, "")
}
