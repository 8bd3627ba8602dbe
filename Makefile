# Start here: `make dev` runs everything on this machine, `make test` checks everything.
SHELL := bash
# Works from any folder: make -C <checkout> dev
override ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup dev test budget test-api test-browser test-openclaw soak bench prepare

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(ROOT)/Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Check the prerequisites, install what is missing (apt-get), or say what to install
	@$(ROOT)/scripts/setup

dev: ## Run everything here, no account needed: make dev ARGS="--min-idle 3 --port 8080"
	@$(ROOT)/scripts/dev $(ARGS)

test: ## Every check that CI runs
	@$(ROOT)/scripts/test

soak: ## Break the system at random and check its promises: make soak SEEDS=500, or SEED=17 to replay one
	@$(ROOT)/scripts/soak $(ARGS)

budget: ## 500 agents for an hour of simulated time, ten minutes of it a storm: the requests that it takes (five minutes)
	@$(ROOT)/scripts/budget

test-api: ## Generated requests, right and wrong, against the pool API's description (needs Python 3)
	@$(ROOT)/scripts/test-api $(ARGS)

test-browser: ## The dashboard in a real browser: what people do, then every page, both themes, 360 px (about ten minutes)
	@$(ROOT)/scripts/test-dashboard --pages

test-openclaw: ## An agent with the real OpenClaw gateway (downloads its packages, takes minutes)
	@$(ROOT)/scripts/test-openclaw

bench: ## Measure the whole system and write docs/performance.md: make bench ARGS="--instances 2000"
	@$(ROOT)/scripts/bench $(ARGS)

prepare: ## Refresh what is generated and committed: .sqlx, api/openapi.json
	@$(ROOT)/scripts/prepare
