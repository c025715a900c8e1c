# Two commands matter: `make up` runs everything, `make test` checks everything.
#   make up ARGS="--ports 8700 --home /tmp/second"     a second stack beside the first
#   make test ARGS="tests/unit -k money"               a part of the tests
#   make long                                          those that take minutes each
#   make bench ARGS="lifecycle --streets 40"           a part of the figures

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PYTHON ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

INSTALL := $(BIN)/python -m pip install -qq
PINNED := --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header
COMPILE := $(BIN)/uv pip compile --quiet pyproject.toml $(PINNED)
SCANNER := .wapiti/venv
PEERS := .bench/venv

.PHONY: up check test long bench wapiti lock clean
.DEFAULT_GOAL := up
.NOTPARALLEL:

up: $(VENV)/.installed
	@exec $(BIN)/straat up $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not long" $(ARGS)

# Hundreds of streets, a thousand concerns, every page of every role: some ten minutes more.
long: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder -m long $(ARGS)

# Every figure beside its ceiling or peer; the longest takes an hour, so name what is wanted in ARGS.
bench: $(VENV)/.dev $(PEERS)/.installed
	$(BIN)/python -m tests.bench $(ARGS)

# A stack of its own, scanned by Wapiti: some minutes, so not a part of `make test`.
wapiti: $(VENV)/.dev $(SCANNER)/.installed
	$(BIN)/python -m tests.scan $(ARGS)

lock: $(VENV)/.made
	$(INSTALL) uv
	$(COMPILE) --extra build --extra local -o deploy/requirements.lock
	$(COMPILE) -c deploy/requirements.lock -o deploy/requirements-run.lock
	printf 'editables\nhatchling\n' | $(BIN)/uv pip compile --quiet - $(PINNED) -c deploy/requirements.lock \
	  -o deploy/image/build.lock
	$(COMPILE) --extra build --extra local --extra dev -c deploy/requirements.lock -o deploy/requirements-dev.lock
	$(BIN)/uv pip compile --quiet deploy/wapiti.in $(PINNED) -o deploy/requirements-wapiti.lock
	$(BIN)/uv pip compile --quiet deploy/bench.in $(PINNED) -c deploy/requirements.lock \
	  -o deploy/requirements-bench.lock

clean:
	rm -rf $(VENV) .wapiti .bench bench-results dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The stamp comes last, so an environment without it is a half-made one and is made anew.
$(VENV)/.made:
	@python=; for name in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  if $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then python=$$name; break; fi; done; \
	if [ -z "$$python" ]; then \
	  echo "No Python 3.11 or later with venv was found: install one (on Debian and Ubuntu:" \
	    "python3 and python3-venv), or name it, as in: make up PYTHON=/path/to/python3" >&2; exit 1; fi; \
	echo "Making the virtual environment with $$python ..."; \
	rm -rf $(VENV) && $$python -m venv $(VENV) && touch $@

$(VENV)/.installed: $(VENV)/.made deploy/requirements.lock pyproject.toml
	@echo "Installing what it runs on ..."
	@$(INSTALL) --require-hashes -r deploy/requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed deploy/requirements-dev.lock
	@echo "Installing what tests and checks need ..."
	@$(INSTALL) --require-hashes -r deploy/requirements-dev.lock
	@touch $@

# What Wapiti needs clashes with what we run on, so it lives by itself.
$(SCANNER)/.installed: $(VENV)/.made deploy/requirements-wapiti.lock
	@echo "Installing Wapiti ..."
	@rm -rf $(SCANNER) && $(BIN)/python -m venv $(SCANNER)
	@$(SCANNER)/bin/python -m pip install -qq --require-hashes -r deploy/requirements-wapiti.lock
	@touch $@

# The peers of our benches live by themselves too, with what we run on beside them.
$(PEERS)/.installed: $(VENV)/.made deploy/requirements-run.lock deploy/requirements-bench.lock
	@echo "Installing what the benches compare with ..."
	@rm -rf $(PEERS) && $(BIN)/python -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install -qq --require-hashes -r deploy/requirements-run.lock
	@$(PEERS)/bin/python -m pip install -qq --require-hashes -r deploy/requirements-bench.lock
	@touch $@
