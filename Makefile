# Two commands matter: `make run` and `make test`. `make` alone explains the others.

.DEFAULT_GOAL := help
ifndef TOGETHER
.NOTPARALLEL:
endif
.DELETE_ON_ERROR:

PORT ?= 8000
ARGS ?=
ONLY ?=
BRING ?=
BEFORE ?=
MACHINES ?=
T ?=

# Everything this folder needs is in .venv. Settings of another Python in the shell are ignored;
# byte-code is written even if the shell forbids it, or each run would compile every module again.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BIN := .venv/bin
# Node is installed in the virtual environment; like pip, it trusts the machine's certificates.
NODE := PATH="$(CURDIR)/$(BIN):$$PATH" NODE_USE_SYSTEM_CA=1 $(BIN)

ENTITIES ?= 2125
DAYS ?= 14
ENTRIES ?= 150

# As many as processors: one more would collect all tests again, which costs what it saves.
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations 25

.PHONY: help run t check test nightly fix lint types imports diagrams licences migration budget sbom audit bench drill drill-desks docs pictures assets wheel try lock clean tools FORCE

help: ## Print this list
	@echo 'make TARGET, one of:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'PORT=8000 (run), ARGS="-k word" (tests), BRING=crawl,servers,walkers (test), T=tests/test_docs.py (t), ONLY=name BEFORE=commit (bench), ENTITIES= DAYS= (drill), ENTRIES= (drill-desks), MACHINES=1 (both drills), PYTHON=/path/to/python3 (any)'

run: .venv/run.done app/web/static/build/done ## Set up what is missing and serve on http://127.0.0.1:8000, until Ctrl-C
	@$(BIN)/zaguan setup --port $(PORT)
	@$(BIN)/zaguan serve --port $(PORT)

t: .venv/test.done app/web/static/build/done ## Run the tests named by T= on SQLite until one fails; the last failed tests run first
	@: $(or $(T),$(error Which tests? make t T=tests/test_docs.py))
	$(BIN)/python -m pytest --databases sqlite --exitfirst --failed-first -p no:xdist $(T) $(ARGS)

check: checks-check ## Check the code, and run all quick tests
	$(PYTEST) --tier check $(ARGS)

# Parts of the nightly tests, such as BRING=crawl, are those that `.ci/run` adds after some changes.
test: checks-test ## Check the code, and run all tests that a change must pass
	$(PYTEST) --tier test $(if $(BRING),--bring $(BRING)) $(ARGS)

nightly: checks-nightly ## Run everything, on both databases, in random order, with coverage; as root also make try
	$(PYTEST) --tier nightly --databases both -p randomly --cpu 0.5 --cov --cov-report=term:skip-covered $(ARGS)
	@[ "$$(id -u)" != 0 ] || $(MAKE) --no-print-directory try

# What waits for the network, and what needs a processor, are done at the same time.
TOGETHER_NOW = @$(MAKE) --jobs --no-print-directory TOGETHER=1

TIERS := check test nightly
.PHONY: $(TIERS:%=checks-%) $(TIERS:%=missing-%) $(TIERS:%=programs-%)

$(TIERS:%=checks-%): checks-%: missing-% tools
	$(TOGETHER_NOW) --output-sync assets programs-$* lint types imports diagrams licences

# Programs that the tests of a tier start, by the table of tests/programs.py: named before anything
# else is done, if they cannot be installed; installed while something else waits.
$(TIERS:%=missing-%): missing-%: .venv/place
	@$(BIN)/python -m tests.programs --name $* $(BRING)

$(TIERS:%=programs-%): programs-%: .venv/place
	@$(BIN)/python -m tests.programs $* $(BRING)

fix: .venv/test.done ## Format the code, and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: .venv/test.done ## Style and format of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/test.done ## Types, with mypy
	$(BIN)/mypy

imports: .venv/test.done ## Order of imports between packages
	$(BIN)/lint-imports

diagrams: .venv/test.done node_modules/dev.done ## Diagrams and tables: consistency with the code, and rules of drawing
	$(BIN)/zaguan check bpmn/
	$(NODE)/node node_modules/bpmnlint/bin/bpmnlint.js bpmn/*.bpmn

licences: .venv/test.done ## Licences: no package that runs is under the GPL or the AGPL
	$(BIN)/python -m tests.licences

sbom: .venv/test.done ## Write the bill of materials (CycloneDX) of what is delivered to dist/
	@mkdir -p dist
	$(BIN)/python -m tests.sbom > dist/zaguan.cdx.json

audit: .venv/run.done node_modules/run.done ## Known weaknesses of the packages that run; needs the network
	@$(BIN)/python -m venv .venv/audit
	@$(call install,audit,.venv/audit/bin)
	.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/run.txt
	$(NODE)/npm audit --omit=dev

migration: .venv/test.done ## Write the first migration from the models
	$(BIN)/python -m tests.first_migration

budget: .venv/test.done ## Print the weight of each room, and lower the limits of docs/budget.toml to it
	$(BIN)/python -m tests.budget --lower

bench: .venv/test.done app/web/static/build/done ## Measure performance; ONLY=name for one measure, BEFORE=commit with that one in turn
	$(BIN)/python -m tests.bench$(if $(BEFORE),.compare $(BEFORE)) $(ONLY)

drill: .venv/test.done app/web/static/build/done ## Simulate two weeks of reminders in fifteen minutes while workers are killed; ENTITIES=, DAYS= for less
	$(BIN)/python -m tests.drill $(if $(MACHINES),machines) $(ENTITIES) $(DAYS)

drill-desks: .venv/test.done app/web/static/build/done ## Eight desks record visits while web processes are killed; ENTRIES= for each desk
	$(BIN)/python -m tests.drill.desks $(if $(MACHINES),machines) $(ENTRIES)

docs: .venv/test.done ## Generate docs/process.md and the pictures of the process and of the rooms
	$(BIN)/zaguan describe bpmn/ > docs/process.md
	$(BIN)/zaguan draw bpmn/ onboarding > docs/pictures/onboarding.svg
	$(BIN)/python -m tests.rooms > docs/pictures/rooms.svg

pictures: .venv/test.done app/web/static/build/done programs-check ## Take the screenshots of the manual and of the README, in a browser
	$(BIN)/python -m tests.browser.pictures

wheel: .venv/run.done app/web/static/build/done ## Build the wheel in dist/, which deploy/install installs
	@PYTHON=$(BIN)/python deploy/wheel dist

try: wheel ## As root: install the wheel on a new Debian with nginx, PostgreSQL, pgbouncer and postfix, and use it
	@deploy/try

assets: app/web/static/build/done ## Build the style sheets, scripts and fonts of the pages

# What extends a set has its versions. UPGRADE= pins only what is new.
UPGRADE ?= --upgrade
lock: .venv/lock.done ## Pin the newest versions that requirements/*.in and package.json allow
	for name in run build:run test:build lock audit; do \
	  inner=$${name#*:}; name=$${name%:*}; set --; \
	  [ "$$inner" = "$$name" ] || set -- --constraint requirements/$$inner.txt; \
	  $(BIN)/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-emit-index-url --system-certs "$$@" \
	    --output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done
	$(NODE)/npm install --package-lock-only
	$(NODE)/node -e '$(NO_ADDRESSES)'

# npm leaves out the addresses of packages, but not those of their funding pages.
NO_ADDRESSES := const fs = require("fs"), file = "package-lock.json", lock = JSON.parse(fs.readFileSync(file)); \
  for (const one of Object.values(lock.packages)) delete one.funding; \
  fs.writeFileSync(file, JSON.stringify(lock, null, 2) + "\n")

clean: ## Remove what make built (not the application's data)
	rm -rf .venv node_modules app/web/static/build dist zaguan_rvl.egg-info
	rm -rf .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find app forms workflows tests -name __pycache__ -prune -exec rm -rf {} +

tools: .venv/run.done
	$(TOGETHER_NOW) .venv/test.done node_modules/dev.done

# The virtual environment stores its folder's path. It is rebuilt if the folder was moved, if its
# Python is gone, or if PYTHON= names another Python.
VERSION := import sys; print(sys.version)
MADE_IN := print(open(".venv/place").read())
MADE := $(shell $(BIN)/python -c '$(MADE_IN)' 2>/dev/null) $(if $(PYTHON),$(shell $(BIN)/python -c '$(VERSION)' 2>/dev/null))
WANTED := $(CURDIR) $(if $(PYTHON),$(shell $(PYTHON) -c '$(VERSION)' 2>/dev/null))
ifneq ($(MADE),$(WANTED))
.venv/place: FORCE
endif

.venv/place:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  command -v "$$python" >/dev/null && "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  recent="$$python"; \
	  "$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
	  echo "Virtual environment of $$("$$python" --version) in .venv"; \
	  "$$python" -m venv --clear .venv && printf %s '$(CURDIR)' > $@ && exit 0; \
	  exit 1; \
	done; \
	if [ -n "$$recent" ]; then \
	  echo "$$recent is there, but it cannot make virtual environments. On Debian: sudo apt-get install python3-venv" >&2; \
	else \
	  echo 'No Python 3.11 or newer$(if $(PYTHON), at $(PYTHON)). On Debian: sudo apt-get install python3 python3-venv' >&2; \
	fi; \
	echo 'To use another interpreter: make PYTHON=/path/to/python3 …' >&2; \
	exit 1

OFFLINE := || { echo 'The installation failed; the lines above say why. The first run needs the network.' >&2; exit 1; }
# Install what a lock names: $(call install,NAME). pip resolves nothing (a release that the lock does
# not name cannot matter), checks every file against its hash, and builds nothing with tools that are
# not pinned. Then it looks, without an index, whether what is installed is all that NAME.in needs.
install = $(or $(2),$(BIN))/python -m pip install --quiet --require-hashes --no-deps \
    --no-build-isolation --use-pep517 -r requirements/$(1).txt $(OFFLINE); \
  PIP_CONFIG_FILE=/dev/null $(or $(2),$(BIN))/python -m pip install --quiet --isolated --no-index \
    --dry-run -r requirements/$(1).in || { echo 'requirements/$(1).txt lacks what the lines above name.' \
    'make lock writes it again.' >&2; exit 1; }

.venv/run.done: .venv/place requirements/build.txt pyproject.toml
	@echo 'Installing the packages of the application …'
	@$(call install,build)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.done: .venv/run.done requirements/test.txt
	@echo 'Installing the packages of the tests …'
	@$(call install,test)
	@touch $@

.venv/lock.done: .venv/run.done requirements/lock.txt
	@$(call install,lock)
	@touch $@

node_modules/run.done: package.json package-lock.json | .venv/run.done
	@echo 'Installing the packages of the pages …'
	@$(NODE)/npm ci --loglevel=error --omit=dev $(OFFLINE)
	@touch $@

node_modules/dev.done: package.json package-lock.json | .venv/run.done
	@echo 'Installing the packages of the pages, and the checks of pages and diagrams …'
	@$(NODE)/npm ci --loglevel=error $(OFFLINE)
	@touch node_modules/run.done $@

app/web/static/build/done: node_modules/run.done app/base/assets.py $(wildcard app/web/static/css/*)
	@$(BIN)/zaguan assets
	@touch $@
