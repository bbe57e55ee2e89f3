# Two commands: `make run` and `make test`. Each target does its own set-up; nothing else is needed.
# make run: PORT (8000), HOST (127.0.0.1), DEMO (none: start empty), DATABASE_URL, REDIS_URL

BIN := .venv/bin
# pip tells much; these are its lines about what takes time
PIP := $(BIN)/python -m pip install --disable-pip-version-check
TELL := awk '/^ *Downloading|^Installing|^Building/ {print "  " substr($$0, 1, 76); fflush()}'
TORCH = $(shell grep '^torch==' requirements/base.txt)
# pip takes a package that it was interrupted at for installed; its last act is to write INSTALLER
MEND := for info in .venv/lib/python*/site-packages/*.dist-info; do test -f "$$info/INSTALLER" || rm -rf "$$info"; done
FAILED := "The installation failed: see above, check network and disk (3 GB), then make it again"
TESTS := $(BIN)/python -m pytest -n 2
SIDE_BY_SIDE := tests/genai tests/recsys $(addprefix tests/platform/,api arcade recommendations)
export PYTHONPATH := platform

.DEFAULT_GOAL := run
.PHONY: run test-quick test test-long lint bench clean
.DELETE_ON_ERROR:

run: .venv/runs
	@exec $(BIN)/python -P -m config.launch

# compiled once, not in every process, whatever the shell says
test-quick test test-long: export PYTHONDONTWRITEBYTECODE :=

test-quick: .venv/tests
	$(TESTS) --dist loadfile -m "not slow and not long and not e2e"

# the browser tests share one running site, so one process has them all
test: .venv/tests
	$(TESTS) --dist loadgroup -m "not long"

# two at once where no test has workers; the others one after another, as these would share a broker
test-long: .venv/tests
	$(TESTS) --dist worksteal -m long $(SIDE_BY_SIDE)
	$(BIN)/python -m pytest -m long $(addprefix --ignore=,$(SIDE_BY_SIDE))

lint: .venv/tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DATABASE_URL=postgres://lint REDIS_URL=redis://lint $(BIN)/mypy platform recsys genai tests/benchmarks
	$(BIN)/djlint --check platform/templates

# make bench: the rows there are; make bench ROW=name: measures one (docs/benchmarks.md)
bench: .venv/runs
	@$(BIN)/python -m tests.benchmarks $(ROW)

clean:
	rm -rf .venv .venv-bench
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made:
	@for python in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  $$python -m venv .venv && touch $@ && exit 0; \
	  echo "$$python cannot make .venv: install its venv package (Debian: apt-get install python3-venv)" >&2; exit 1; \
	done; echo "Marquee needs Python 3.11 or newer: install it, or name it: PYTHON=/path/to/python3.11 make run" >&2; exit 1

# a stamp is written after pip has succeeded, so an interrupted installation is taken up again
.venv/runs: .venv/made requirements.txt $(wildcard requirements/*.txt)
	@echo "[marquee] installing the requirements (once; some minutes)"
	@$(MEND)
	@($(PIP) "$(TORCH)" && $(PIP) -r requirements.txt && touch $@.new) | $(TELL)
	@mv $@.new $@ 2>/dev/null || { echo $(FAILED) >&2; exit 1; }

.venv/tests: .venv/runs requirements-dev.txt
	@echo "[marquee] installing what the tests need"
	@$(MEND)
	@($(PIP) -r requirements-dev.txt && touch $@.new) | $(TELL)
	@mv $@.new $@ 2>/dev/null || { echo $(FAILED) >&2; exit 1; }

# for the rows of `make bench` that train other people's models: these need other versions than ours
.venv-bench/made: requirements-bench.txt | .venv/made
	@echo "[marquee] installing the peers of the measurements (once; some minutes)"
	@$(BIN)/python -m venv .venv-bench
	@(.venv-bench/bin/python -m pip install --disable-pip-version-check "$(TORCH)" && \
	  .venv-bench/bin/python -m pip install --disable-pip-version-check -r requirements-bench.txt && touch $@.new) | $(TELL)
	@mv $@.new $@ 2>/dev/null || { echo $(FAILED) >&2; exit 1; }
