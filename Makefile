# Everything a developer types. `make` alone lists it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
PYTHON := $(VENV)/bin/python
MANAGE := $(PYTHON) manage.py
STAMP := $(VENV)/.installed
EXTRAS ?= embedded dev
HOUSE := mdm security customers credentials special_info consolidation batch
HOST ?= 127.0.0.1
PORT ?= 8000

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- the environment ---------------------------------------------------------------------------
.PHONY: setup
setup: $(STAMP) ## create .venv and install what requirements.txt and the extras pin

$(PYTHON):
	@for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	    if command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
	        echo "Creating $(VENV) with $$($$name --version)"; \
	        exec $$name -m venv $(VENV); \
	    fi; \
	done; \
	echo "Python 3.11 or later is needed: sudo apt-get install -y python3 python3-venv" >&2; exit 1

# The stamp's name in the venv keeps a changed pyproject.toml without changed pins from installing again.
$(STAMP): requirements.txt pyproject.toml | $(PYTHON)
	@$(PYTHON) .ci/extras $(EXTRAS) > $(VENV)/extras.txt
	@if cat requirements.txt $(VENV)/extras.txt | cmp -s - $(VENV)/installed.txt; then :; else \
	    echo "Installing pinned packages into $(VENV)"; \
	    $(PYTHON) -m pip install --quiet --disable-pip-version-check --prefer-binary \
	        -r requirements.txt -r $(VENV)/extras.txt && \
	    cat requirements.txt $(VENV)/extras.txt > $(VENV)/installed.txt; \
	fi
	@touch $@

# --- see it ------------------------------------------------------------------------------------
.PHONY: demo
demo: setup ## start everything with demo data and print where to look; Ctrl-C stops it
	@exec $(MANAGE) demo

.PHONY: demo-reset
demo-reset: setup ## remove the demo's data
	@exec $(MANAGE) demo --reset

.PHONY: run
run: setup ## serve the web application on HOST:PORT, with the services in the background
	@$(MANAGE) services up
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) keys init --json >/dev/null
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@exec $(VENV)/bin/granian --interface wsgi --host $(HOST) --port $(PORT) mdm.wsgi:application

.PHONY: worker
worker: setup ## run a background worker
	@$(MANAGE) services up
	@exec $(VENV)/bin/celery -A mdm.celery worker --loglevel info

.PHONY: openapi
openapi: setup ## write the description of the API again (docs/reference/openapi.json)
	@$(MANAGE) spectacular --fail-on-warn --validate --lang en --format openapi-json \
	    --file docs/reference/openapi.json

.PHONY: reference
reference: setup ## write the generated pages of the documentation again (docs/reference)
	@$(MANAGE) reference

.PHONY: screenshots
screenshots: setup ## make the pictures of the documentation again (docs/img)
	@exec $(MANAGE) screenshots

.PHONY: benchmark
benchmark: setup ## measure: make benchmark NAME=load ROWS=100000
	@exec $(MANAGE) benchmark $(or $(NAME),load) $(if $(ROWS),--rows $(ROWS))

# --- prove it ----------------------------------------------------------------------------------
.PHONY: test
test: setup ## run all tests on two cores, with services of their own
	@left=$$(.ci/system-packages) && \
	$(PYTHON) -m pytest -n 2 --dist loadgroup $${left:+-m "not ($$left)"} $(ARGS)

.PHONY: contract
contract: setup ## drive the whole API by its own description: make contract EXAMPLES=50
	@CONTRACT_EXAMPLES=$(or $(EXAMPLES),5) $(PYTHON) -m pytest -n 2 tests/mdm/rest/test_contract.py

.PHONY: check
check: lint types imports bandit advisories migrations deployable pages ## everything but the tests: lint, types, imports, security, migrations

.PHONY: lint
lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

.PHONY: types
types: setup
	$(VENV)/bin/mypy

.PHONY: imports
imports: setup
	$(VENV)/bin/lint-imports

.PHONY: bandit
bandit: setup
	$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive $(HOUSE) manage.py

.PHONY: advisories
advisories: setup
	$(PYTHON) .ci/advisories

.PHONY: migrations
migrations: setup
	$(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run # needs no database

.PHONY: pages
pages: setup
	$(MANAGE) reference --check

.PHONY: deployable
deployable: setup
	$(PYTHON) .ci/deployable
