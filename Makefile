# Everything here needs Go and make. Tests also need PostgreSQL, Chromium and npm; see deps below.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

export CGO_ENABLED = 0

.PHONY: help dev build test check race deps bench vuln graphiql clean

help: ## show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

dev: build ## build, and run the sandbox
	./lunedi dev

build: ## build ./lunedi
	$(GO) build -trimpath -ldflags '-s -w -X main.stamped=$(VERSION)' -o lunedi ./cmd/lunedi

test: deps check ## run everything that CI runs
	$(GO) test -vet=off -timeout 30m ./...
	$(MAKE) --no-print-directory race

check: ## formatting, vet, staticcheck
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff

# The race detector needs a C compiler. Commands are left out, since they run as processes, which takes
# long, and so is the browser, which is one too; the two protocols write from one goroutine.
race: ## run the tests of concurrent code under the race detector
	@if command -v "$${CC:-gcc}" >/dev/null; then \
		CGO_ENABLED=1 $(GO) test -vet=off -timeout 30m -race $$($(GO) list $(RACE) | grep -vE '/console/browser|/connector/(emit|airbyte|singer|model)') && \
		CGO_ENABLED=1 $(GO) test -vet=off -timeout 30m -race -run '^TestModel$$' ./internal/connector/model; \
	else echo "no C compiler: the race detector is left out (install gcc)"; [ -z "$$CI" ]; fi

RACE ?= ./internal/... ./luneditest/...

deps: ## install what the tests need, where that is possible
	@./.ci/deps

bench: ## measure what docs/performance.md states
	$(GO) run ./bench $(BENCH)

vuln: ## look for known vulnerabilities; needs the network
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

graphiql: ## get GraphiQL from npm into ./graphiql, for lunedi --graphiql ./graphiql
	npm ci --ignore-scripts --no-audit --no-fund --prefix internal/console/graphiql
	mkdir -p graphiql
	cd internal/console/graphiql/node_modules && cp graphiql/graphiql.min.js graphiql/graphiql.min.css react/umd/react.production.min.js react-dom/umd/react-dom.production.min.js $(CURDIR)/graphiql/

clean: ## remove what was built
	rm -f lunedi
	$(GO) clean -testcache
