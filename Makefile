# `make help` lists the targets. Everything is installed into .tools, .venv and dashboard/node_modules.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
PACKAGES := core bots ingestion pipelines api local simulator cli
CODE := $(PACKAGES) tests bench
DASHBOARD_SOURCES := $(shell find dashboard/src dashboard/public -type f 2>/dev/null) \
	$(wildcard dashboard/build/*) dashboard/index.html dashboard/vite.config.ts
DATA_DIR ?= .vitrina
PORT ?= 8080
WORKERS ?= 2
# More than cores: most tests wait more than they work. Each process imports all tests and has a
# PostgreSQL of its own.
TEST_WORKERS ?= 4
# One processor each, the longest first; the tests that run beside them are not to notice.
CHECKS := lint-pylint lint-types test-dashboard test-browser lint-dashboard lint-api-types lint-format lint-imports lint-images
GENTLY := nice -n 19
# They measure time or run a system of their own: no other test runs beside them.
ALONE := tests/e2e tests/chaos tests/ingestion/intake/test_fairness.py
# What pytest remembers of the tests that run beside each other.
TOGETHER := .pytest_cache/together
APART := .pytest_cache/apart
# What make said of parts that failed: the end of a long output is what is seen of it.
FAULTS := .pytest_cache/faults
# Without compiled modules beside the sources each process compiles a million lines anew.
unexport PYTHONDONTWRITEBYTECODE
# Who has no cache of mypy yet and runs all tests once is spared writing one: a tenth of its time.
TYPES_CACHE ?= .mypy_cache
say = @printf '\033[1m==>\033[0m %s\n'
# The same at once, where the output of each part is kept until it ends.
announce = @{ true >&9; } 2>/dev/null || exec 9>&1; printf '\033[1m==>\033[0m %s\n' >&9

.PHONY: help
help: ## What there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.PHONY: up
up: machine ## Run everything on this machine: engines, bots, panel, pipelines (Ctrl-C stops)
	@$(MAKE) --jobs=2 install dashboard 9>&1
	@exec $(BIN)/vitrina up --data-dir "$(DATA_DIR)" --port $(PORT) $(ARGS)

.PHONY: test
test: machine ## Lint and all tests; what is missing is installed first
	@$(MAKE) --jobs=3 installed 9>&1
	$(say) "The tests and, at the lowest priority beside them, lint: each of its parts is shown when it ends"
	@mkdir -p $(dir $(FAULTS)); \
	$(MAKE) --jobs=3 --keep-going --output-sync TYPES_CACHE=$(or $(wildcard .mypy_cache),/dev/null) tests $(CHECKS) 9>&1 2> >(tee $(FAULTS) >&2) || { \
	sleep 1; printf '\n'; grep -h ': [^ ]*\] Error' $(FAULTS) | sed 's/.*: \([^ ]*\)\].*/failed: make \1/' | sort -u; exit 1; }

.PHONY: installed
installed: install dashboard programs .venv/.compiled

# Shown as they go, unlike what runs beside them. They take longest, so they begin first: for what is
# `installed` they do not wait again.
.PHONY: tests
tests:
	@failed=0; for part in test-alone test-together; do \
	$(MAKE) --output-sync=none $$part 9>&- || failed=1; done; exit $$failed

.PHONY: test-python
test-python: machine ## The Python tests alone
	@$(MAKE) --jobs=3 installed 9>&1
	@$(MAKE) tests

.PHONY: test-alone
test-alone: install dashboard
	$(say) "Python tests that no other runs beside: the whole system in a real browser, and what measures time"
	@$(BIN)/pytest -o cache_dir=$(APART) --cache-clear $(ALONE) || { code=$$?; \
	[ $$code -eq 1 ] && $(MAKE) test-alone-again || exit $$code; }

.PHONY: test-together
test-together: install dashboard
	$(say) "The other Python tests, on the real engines, by $(TEST_WORKERS) processes"
	@$(BIN)/pytest -o cache_dir=$(TOGETHER) --cache-clear --numprocesses=$(TEST_WORKERS) --dist=loadfile \
	--no-loadscope-reorder $(addprefix --ignore=,$(ALONE)) || { code=$$?; \
	[ $$code -eq 1 ] && $(MAKE) test-again || exit $$code; }

# On a crowded machine a test may fail for what its neighbours do. Up to three are tried once more by
# themselves; what passes then is unsteady: a fault that has to be mended, but not today's change.
.PHONY: test-again test-alone-again
test-again test-alone-again:
	$(say) "What failed, once more and by itself: if it passes, it is unsteady, and must be mended"
	@$(BIN)/python -m tests.again $(if $(filter test-again,$@),$(TOGETHER),$(APART) --file)

.PHONY: test-random
test-random: install dashboard ## Properties with new random examples, ten times as many as in the tests
	@$(BIN)/pytest --hypothesis-profile=random -m hypothesis

.PHONY: test-dashboard
test-dashboard: dashboard/node_modules/.installed
	$(say) "Dashboard tests"
	@cd dashboard && $(GENTLY) npm run --silent test

.PHONY: test-browser
test-browser: dashboard chromium
	$(say) "Every screen and dialog of the panel in a real browser: accessible, within the window, no error"
	@cd dashboard && $(GENTLY) npm run --silent test:browser

.PHONY: pictures
pictures: dashboard chromium ## Pictures of every screen for docs/screens: phone and desk, light and dark, both languages
	@cd dashboard && npm run --silent pictures

.PHONY: lint
lint: ## pylint, flake8, mypy --strict, import floors, formatting, the dashboard's
	@$(MAKE) --jobs=$(WORKERS) --output-sync $(filter lint-%,$(CHECKS))

.PHONY: lint-format
lint-format: install
	$(say) "Formatting and flake8"
	@$(GENTLY) $(BIN)/ruff format --check --quiet $(CODE) || { echo "run: make format"; exit 1; }
	@$(GENTLY) $(BIN)/ruff check --quiet $(CODE)
	@$(GENTLY) $(BIN)/flake8 --jobs=1 $(CODE)

.PHONY: lint-imports
lint-imports: install
	$(say) "Import floors"
	@$(GENTLY) $(BIN)/lint-imports --no-cache | tail -n 8

# Compose checks what its schema cannot say, such as what overrides what.
.PHONY: lint-images
lint-images: install
	$(say) "Dockerfiles and Compose's files"
	@$(GENTLY) $(BIN)/hadolint Dockerfile ops/standins/*/Dockerfile ops/kubernetes/*/Dockerfile
	@told=$$($(GENTLY) $(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml) || \
		{ echo "$$told"; exit 1; }
	@if docker compose version >/dev/null 2>&1; then \
		secrets=$$(sed -nE 's/.*\$$\{([A-Z_]+):\?.*/\1=x/p' docker-compose.yml); \
		for more in "" :docker-compose.tls.yml; do env $$secrets COMPOSE_FILE=docker-compose.yml$$more \
		docker compose --profile '*' config --quiet; done; \
	else printf '\033[1;33m==> %s\033[0m\n' \
		"DOCKER COMPOSE IS MISSING: what only it finds in docker-compose.yml is NOT CHECKED"; fi

.PHONY: lint-types
lint-types: install
	$(say) "mypy --strict"
	@$(GENTLY) $(BIN)/mypy --cache-dir=$(TYPES_CACHE) $(CODE)

# One process: each further one reads all that is imported once more. It keeps the trees of all files
# (1.4 GB); to look for garbage in them took a third of its time.
.PHONY: lint-pylint
lint-pylint: install
	$(say) "pylint"
	@$(GENTLY) $(BIN)/python -c 'import gc, pylint; gc.disable(); pylint.run_pylint()' --jobs=1 $(CODE)

.PHONY: lint-dashboard
lint-dashboard: dashboard/node_modules/.installed
	$(say) "Dashboard: Biome and TypeScript"
	@cd dashboard && $(GENTLY) npm run --silent lint && $(GENTLY) npm run --silent typecheck

.PHONY: lint-api-types
lint-api-types: install dashboard/node_modules/.installed
	$(say) "The panel's types are those of the API"
	@$(GENTLY) $(BIN)/python -m api.openapi | $(GENTLY) node dashboard/build/apiTypes.mjs --check dashboard/src/api/schema.ts

.PHONY: api-types
api-types: install dashboard/node_modules/.installed ## Make the panel's types anew after a change of the API
	@$(BIN)/python -m api.openapi | node dashboard/build/apiTypes.mjs > dashboard/src/api/schema.new
	@mv dashboard/src/api/schema.new dashboard/src/api/schema.ts

.PHONY: format
format: install dashboard/node_modules/.installed ## Format the Python and the dashboard's code
	@$(BIN)/ruff check --quiet --fix $(CODE)
	@$(BIN)/ruff format $(CODE)
	@cd dashboard && npm run --silent format

.PHONY: bench
bench: install ## Benchmarks: ratios against a peer or a limit measured in the same run
	@for file in bench/*.py; do name=$$(basename $$file .py); \
		! grep -q __main__ $$file || { echo "== $$name"; $(BIN)/python -m bench.$$name; }; done

.PHONY: chaos
chaos: install dashboard chaos-tools ## Ten minutes of mayhem on the whole path, five on a fleet, far too busy, each service killed, the version before on this schema, ACME, S3: is anything lost, doubled or late
	@$(MAKE) nginx pgbouncer pebble promtool
	@$(BIN)/python -m tests.chaos pipeline
	@$(BIN)/python -m tests.chaos fleet
	@$(BIN)/python -m tests.chaos rolling
	@$(BIN)/python -m tests.chaos checkout
	@$(BIN)/pytest -m chaos

.PHONY: chaos-tools
chaos-tools: .tools/chaos/.installed

.PHONY: install
install: .venv/.installed ## Python packages, as poetry.lock says

.PHONY: dashboard
dashboard: dashboard/dist/.built ## Build the panel

.PHONY: clean
clean: ## Remove what was installed and built; the data in .vitrina stays
	rm -rf .tools .venv dashboard/node_modules dashboard/dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else \
		f"Vitrina needs Python 3.11 to 3.13, and $(PYTHON) is {v[0]}.{v[1]}: make up PYTHON=/path/to/python3.11")'

# What would fail only after minutes of installing is said before.
.PHONY: machine
machine: python
	@$(PYTHON) -m local.accounts . "$(DATA_DIR)"
	@test -e dashboard/node_modules/.installed || command -v npm >/dev/null || \
		{ echo "npm is missing: install Node 20 or newer with npm"; exit 1; }

.tools/.installed: requirements-tools.txt | python
	$(announce) "Tools that read the lock (poetry, uv)"
	@$(PYTHON) -m venv .tools || { echo "the venv module is missing: apt-get install python3-venv"; exit 1; }
	@.tools/bin/python -m pip install --quiet --no-compile --disable-pip-version-check "$$(grep ^uv== requirements-tools.txt)" 2> >(grep -v '^WARNING: Location' >&2)
	@VIRTUAL_ENV=.tools .tools/bin/uv pip install --quiet -r requirements-tools.txt
	@touch $@

.tools/chaos/.installed: requirements-chaos.txt .tools/.installed
	$(say) "What only chaos needs (certbot, a store that speaks S3)"
	@.tools/bin/uv venv --quiet --allow-existing --python $(PYTHON) .tools/chaos
	@VIRTUAL_ENV=.tools/chaos .tools/bin/uv pip install --quiet -r requirements-chaos.txt
	@touch $@

.venv/.installed: poetry.lock pyproject.toml .tools/.installed
	$(announce) "Python packages from poetry.lock (1.5 GB, a minute or two the first time)"
	@.tools/bin/poetry check --lock --quiet || { echo "poetry.lock does not fit pyproject.toml: run poetry lock (CONTRIBUTING.md)"; exit 1; }
	@.tools/bin/poetry export --quiet --all-groups --output .tools/requirements.txt
	@test -x .venv/bin/python || .tools/bin/uv venv --quiet --python $(PYTHON) .venv
	@VIRTUAL_ENV=.venv .tools/bin/uv pip sync --quiet --require-hashes .tools/requirements.txt
	@VIRTUAL_ENV=.venv .tools/bin/uv pip install --quiet --no-deps --editable .
	@touch $@

# Once: each of the processes that run tests would compile all of them and what they import. What
# cannot be imported is told by those that want it.
.venv/.compiled: .venv/.installed
	$(announce) "Compiling all that the tests import"
	@$(BIN)/pytest --collect-only --quiet >/dev/null || true
	@touch $@

dashboard/node_modules/.installed: dashboard/package-lock.json dashboard/package.json
	$(announce) "Dashboard packages (npm ci)"
	@cd dashboard && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

dashboard/dist/.built: dashboard/node_modules/.installed $(DASHBOARD_SOURCES)
	$(announce) "Building the dashboard"
	@cd dashboard && npm run --silent build -- --logLevel warn
	@touch $@

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || [ -n "$${VITRINA_CHROMIUM:-}" ] || { \
		printf '\033[1m==>\033[0m %s\n' "Chromium for the end-to-end test (apt-get install chromium)"; \
		{ [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || { \
		echo "Chromium is missing: install it, or name one in VITRINA_CHROMIUM"; exit 1; }; }

# One after the other: apt lets nobody else install meanwhile.
.PHONY: programs
programs:
	@for program in chromium nginx pgbouncer kubectl; do $(MAKE) $$program; done

# Only their programs: the system's own ones serve nothing here, so they are kept from starting, now
# and at the next boot. Without one its tests are skipped, and all others run.
SBIN ?= /usr/sbin
SYSTEMD ?= /run/systemd/system
.PHONY: nginx pgbouncer pebble promtool
nginx: SETTING = VITRINA_NGINX
pgbouncer: SETTING = VITRINA_PGBOUNCER
pebble: SETTING = VITRINA_PEBBLE
promtool: SETTING = VITRINA_PROMTOOL
nginx pgbouncer pebble promtool:
	@PATH=$$PATH:$(SBIN) command -v $@ >/dev/null || [ -n "$${$(SETTING):-}" ] || { \
		printf '\033[1m==>\033[0m %s\n' "$@ for its tests (apt-get install $@)"; \
		{ [ "$$(id -u)" = 0 ] && $(MAKE) $@-program; } || \
		printf '\033[1;33m==> %s\033[0m\n' "$@ IS MISSING: its tests are SKIPPED. As root run make $@, or name one in $(SETTING)"; }

# Debian's own is too old for the overlays, so that none is installed.
.PHONY: kubectl
kubectl:
	@command -v kubectl >/dev/null || printf '\033[1;33m==> %s\033[0m\n' \
		"kubectl IS MISSING: that Kubernetes' overlays are whole is NOT CHECKED (tests/ops/test_kubernetes.py)"

# A unit that is masked is not started by its package.
PACKAGE = $*
promtool-program: PACKAGE = prometheus
.PHONY: nginx-program pgbouncer-program pebble-program promtool-program
nginx-program pgbouncer-program pebble-program promtool-program: %-program:
	@quiet() { [ ! -d "$(SYSTEMD)" ] || systemctl "$$1" --quiet $(PACKAGE).service; }; \
	trap 'quiet unmask' EXIT; quiet mask; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends $(PACKAGE) >/dev/null && quiet disable
