# What this project needs is installed into .venv from its own lock files; nothing else on the machine is changed.
.DEFAULT_GOAL := help
.PHONY: help demo test check browser docs coverage online-retail benchmarks locks clean

# The first Python of these that runs and can make a virtual environment.
SUITABLE := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c '$(SUITABLE)' 2>/dev/null && command -v $$python && break; done)
RAW ?= ../shared/data/online-retail
FASHION ?= ../shared/data/bads
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
# A notice of mkdocs-material about the future of MkDocs.
export NO_MKDOCS_2_WARNING := 1
export CHROMIUM
# Without compiled bytecode every stage compiles a thousand modules again.
unexport PYTHONDONTWRITEBYTECODE
# Threads of tests that run side by side soon sleep while they wait for each other.
export GOMP_SPINCOUNT := 1000
# The certificates of the system, as pip takes them: a proxy of the house may have its own.
INSTALL := $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --no-deps

help: ## list what there is to make
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/runtime ## install, simulate a shop, run the whole chain on it, show what came out
	@# The simulated shop has no persons to protect; with a known key its files are the same on every machine.
	@grep -q '^  name: demo ' params.yaml || { echo "error: params.yaml: source.name is not demo. \
	Bring the demo's parameters back: git checkout params.yaml" >&2; exit 3; }
	shop-simulator simulate
	RETURNS_RISK_KEY=raw:ab8b73f713694fd86cb5962a41542f097d9e494960f040ab13b0ca70e5f773c1 dvc repro
	returns-risk show

LINT := ruff check && ruff format --check && mypy && lint-imports --no-logo
PYTEST := pytest -n auto --dist worksteal --durations=10

test: .venv/development browser ## install, then lint, types, import contracts and all tests; they build the documentation
	$(LINT)
	$(PYTEST)

check: .venv/development browser ## the same without the slow tests, which run the chain or a night
	$(LINT)
	$(PYTEST) -m "not slow"

# Tests open pages in a real browser. Debian's is installed where that is allowed; nothing downloads one by itself.
browser:
	@[ -n "$$CHROMIUM" ] || command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  { apt-get update; apt-get install --yes chromium; } >/dev/null 2>&1 && command -v chromium >/dev/null; } || \
	{ echo "error: the tests need Chromium. Install it (Debian: sudo apt-get install chromium) or name it: make test CHROMIUM=/path" >&2; exit 1; }

docs: .venv/development ## build the documentation into site/
	mkdocs build --strict
	@echo "Open site/index.html. With search: .venv/bin/mkdocs serve"

coverage: .venv/development browser ## the tests with their coverage, line by line
	$(PYTEST) --cov --cov-report term:skip-covered --cov-report html

online-retail: .venv/runtime ## the chain on the UCI Online Retail data (RAW=folder of online_retail.csv.gz)
	returns-risk sources check online-retail --raw $(RAW) --time-zone Europe/London
	dvc exp run -S source.name=online-retail -S source.raw=$(RAW) -S source.time_zone=Europe/London \
		-S as_of="'2011-11-01'" -S featurize.open_days=1 -S split.test_days=32 -S split.embargo=ordered \
		-S backtest.step_days=10 -S backtest.test_days=14 \
		-S score.min_risk=0.1
	returns-risk show
	@echo "The workspace now holds online-retail. To go back to the demo:"
	@echo "  git checkout params.yaml dvc.lock models/metrics.json && dvc checkout"

benchmarks: .venv/benchmarks ## measure speed and quality; some minutes (RAW as above)
	python benchmarks/simulate.py
	python benchmarks/history.py
	python benchmarks/beliefs.py
	python -m benchmarks.replay
	python benchmarks/validate.py
	python benchmarks/online_retail.py $(RAW)
	@# Its data may not be passed on: whoever has it names its folder.
	[ ! -d $(FASHION) ] || python -m benchmarks.bads $(FASHION)
	python -m benchmarks.oracle
	python -m benchmarks.training
	python -m benchmarks.plan
	python -m benchmarks.night
	python -m benchmarks.page

UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

locks: .venv/development ## resolve the dependencies again, for all Pythons at once
	$(UV_COMPILE) --extra build pyproject.toml -o requirements.lock
	$(UV_COMPILE) --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(UV_COMPILE) --group benchmarks --no-deps -c requirements-dev.lock -o requirements-benchmarks.lock

clean: ## remove what was installed
	rm -rf .venv

.venv/bin/python:
	@$(or $(PYTHON),false) -c '$(SUITABLE)' 2>/dev/null || \
		{ echo "error: Python 3.11, 3.12 or 3.13 with venv is needed$(if $(PYTHON),; $(PYTHON) is not)." \
		"Name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# pip installs uv alone, by its hash in the lock; uv installs the rest, many times faster.
.venv/bin/uv: requirements.lock | .venv/bin/python
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.lock
	@touch $@

.venv/runtime: requirements.lock pyproject.toml | .venv/bin/uv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/development: requirements-dev.lock pyproject.toml | .venv/bin/uv
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-build-isolation --editable .
	@touch $@ .venv/runtime

.venv/benchmarks: requirements-benchmarks.lock | .venv/development
	$(INSTALL) --require-hashes -r requirements-benchmarks.lock
	@touch $@
