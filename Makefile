# graphapi: `make run` to use it, `make test` to prove it, `make help` for the rest.
# Needs nothing but Python 3.11 or newer and make; everything else goes into .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
# Say `make run PYTHON=/path/to/python` to choose one yourself.
PYTHON ?=
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq --no-input
# Wheels alone: nothing that a lock does not name is downloaded or executed.
INSTALL := $(PIP) install --require-hashes --only-binary :all:
INSTALL_SELF := $(PIP) install --no-deps --no-build-isolation --no-index --editable .
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header $(UPGRADE)

.PHONY: help run test test-fast soak lint mutants bench format lock playground clean

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/installed ## Start graphapi on http://127.0.0.1:8000; Ctrl-C stops it.
	@echo "Starting graphapi ..."
	@exec $(BIN)/graphapi serve --migrate

test: $(VENV)/installed-dev ## Run everything that proves the project: some minutes.
	@$(MAKE) --no-print-directory lint; linted=$$?; $(BIN)/pytest -n auto --dist worksteal && exit $$linted

test-fast: $(VENV)/installed-dev ## Run the tests that take no time; stop at the first that fails.
	@$(BIN)/pytest -n auto --dist worksteal -m "not slow" --maxfail 1

soak: $(VENV)/installed-dev ## Prove at full scale that nothing is paid twice or lost: half an hour.
	@$(BIN)/pytest -n auto --dist worksteal --soak tests/trust tests/services/test_life.py

lint: $(VENV)/installed-dev ## Check style, types and who imports whom.
	@failed=0; \
	$(BIN)/ruff check --quiet || failed=1; \
	$(BIN)/ruff format --quiet --diff || failed=1; \
	$(BIN)/mypy --no-error-summary || failed=1; \
	said=$$($(BIN)/lint-imports --no-logo) || { echo "$$said"; failed=1; }; \
	exit $$failed

mutants: $(VENV)/installed-dev ## Break the promises about money one by one; the tests must notice each.
	@$(BIN)/python -m tests.mutants

bench: $(VENV)/installed-dev ## Measure against the floor of the same run: some minutes; a quiet machine tells more.
	@$(BIN)/python -m benchmarks.variations
	@$(BIN)/python -m benchmarks.push

format: $(VENV)/installed-dev ## Format the code, and mend what can be mended.
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format --quiet

lock: $(VENV)/installed-dev ## Lock what pyproject.toml asks for; UPGRADE=--upgrade takes the newest.
	$(COMPILE) pyproject.toml --extra build --extra dev -o requirements-dev.lock
	$(COMPILE) pyproject.toml --extra build -c requirements-dev.lock -o requirements.lock

playground: ## Bundle the playground, so that it works without the internet; needs Node 20.
	@command -v npm >/dev/null || { \
		echo "npm was not found. Install Node.js 20 or newer, from https://nodejs.org." >&2; \
		echo "Without it the playground works too, from a public CDN." >&2; exit 1; }
	@cd graphapi/web/pages/bundling && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

clean: ## Remove what was installed and cached; your data stays.
	rm -rf $(VENV) dist graphapi/web/pages/bundling/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find graphapi tests alembic -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: each is newer than what was installed from, so a second start installs nothing.

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/created
	@echo "Installing graphapi into $(VENV); this is done once and takes about a minute."
	@$(INSTALL) -r requirements.lock
	@$(INSTALL_SELF)
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock pyproject.toml | $(VENV)/created
	@echo "Installing what the tests need into $(VENV); this is done once and takes some minutes."
	@$(INSTALL) -r requirements-dev.lock
	@$(INSTALL_SELF)
	@touch $@

$(VENV)/created:
	@for name in $(PYTHONS); do \
		$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$name; \
		$$name -c 'import ensurepip, venv' 2>/dev/null || continue; \
		$$name -m venv --clear $(VENV) && touch $@; \
		exit; \
	done; \
	if [ "$$found" ]; then \
		version=$$($$found -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "$$found has no pip to put into a virtual environment. On Debian and Ubuntu:" >&2; \
		echo "    sudo apt install python$$version-venv" >&2; \
		echo "Elsewhere, install the whole of Python $$version. Then try again." >&2; \
	else \
		echo "graphapi needs Python 3.11 or newer, and none of these is: $(PYTHONS)." >&2; \
		echo "Install one, or name it: make run PYTHON=/path/to/python3" >&2; \
	fi; \
	exit 1
