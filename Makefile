# `make site` and `make test` are all that a fresh machine with Go, git and make needs.

GO      ?= go
OUT     ?= public
CONFIG  ?= content/portolan.yaml
PORT    ?= 8000
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

# The moment at which the example company's clusters were seen: 2026-03-02 12:00 UTC.
# Ages and rules are reckoned from it, so the example looks the same every day.
EXAMPLE_NOW := 1772452800

export CGO_ENABLED ?= 0

.PHONY: site serve build test check bench lint clean help

site: bin/portolan ## build the example portal into public/
	SOURCE_DATE_EPOCH=$(EXAMPLE_NOW) bin/portolan build --config $(CONFIG) --output $(OUT)

serve: bin/portolan ## serve the example portal and rebuild it on every change
	SOURCE_DATE_EPOCH=$(EXAMPLE_NOW) bin/portolan serve --config $(CONFIG) --output $(OUT) --port $(PORT)

build: bin/portolan ## build the program into bin/

.PHONY: bin/portolan
bin/portolan:
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/portolan

test: ## run all tests; parts that this machine lacks are skipped with a message
	$(GO) vet ./...
	$(GO) test -timeout 20m ./...

check: lint test ## what CI runs

race: ## run all tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 30m ./...

bench: ## measure, with ratios on this machine
	$(GO) test -run '^$$' -bench . -benchmem ./...

lint: ## gofmt, vet and staticcheck
	@unformatted=$$(gofmt -l cmd generator sources themes content); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

clean: ## remove what was built
	rm -rf bin $(OUT) content/.portolan

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10
