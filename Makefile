# make demo: one failing run, seen through.  make test: every test.  make lint: style, types, the rooms' contract.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help install demo test openapi lint bench-diagnosis bench-context bench-redaction bench-repairs bench-lists bench-api bench-prediction bench-similar soak soak-review soak-backfill soak-api lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo                 one failing run, from the push to the verified fix (ARGS=--stay leaves it running)"
	@echo "make test                 every test"
	@echo "make install              the program in .venv"
	@echo "make openapi              fetch GitHub's OpenAPI document, to which make test holds the sandbox (needs npm)"
	@echo "make lint                 ruff, mypy strict, and the contract between the rooms"
	@echo "make bench-diagnosis      score the analysis on the corpus of real logs, where it is at hand"
	@echo "make bench-context        measure what a model is sent of each log of that corpus"
	@echo "make bench-redaction      count the clean lines of that corpus that the scrubber masks"
	@echo "make bench-repairs        red repositories through the whole App with real CI: how many end verified (ARGS=NAME...)"
	@echo "make bench-similar        how often the same mistake in another project is found among five, and how fast"
	@echo "make bench-lists          every list and analytic on a million failures: p95 and plans (5 GB in MILLION, made at first)"
	@echo "make bench-api            every route that reads, over HTTP, on the same million: p95 (MILLION as above)"
	@echo "make bench-prediction     how good predictions of success are on histories whose probabilities are known"
	@echo "make soak-review          who may decide in all 6,480 cells, races and kills in loops, webhooks in 600 orders (half an hour)"
	@echo "make soak-backfill        5,000 past runs read by ci-fixer backfill, killed twice on the way (a quarter of an hour)"
	@echo "make soak-api             schemathesis asks the API with all checks as five kinds of people, and 3,000 histories are recounted"
	@echo "make soak                 these, and logs of 1 GB: peak memory and speed (2 GB of disk)"
	@echo "make lock                 write requirements.lock anew"

# Installed anew only when the lock or the project's own metadata changed.
$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "CI Fixer needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Installing the locked dependencies into $(VENV); a minute or so."
	@$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

install: $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/ci-fixer demo $(ARGS)

# One more than CI's cores: some tests wait, for a process to die or a clock to pass.
test: $(VENV)/.installed
	$(BIN)/python -m pytest -n 3 $(ARGS)

openapi:
	$(PYTHON) scripts/fetch_openapi.py

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The corpus is other projects' logs: for measuring only, so it lies beside this repository and never in it.
CORPUS ?= ../shared/corpus
SCORER ?= ../shared/bench/score_diagnosis.py

bench-diagnosis: $(VENV)/.installed
	@if [ ! -e $(CORPUS)/cases.jsonl ] || [ ! -e $(SCORER) ]; then \
	  echo "no corpus at $(CORPUS): nothing was measured (CORPUS=folder SCORER=script name others)"; exit 0; fi; \
	for budget in 500 2000 8000; do \
	  echo "within $$budget tokens:"; \
	  $(BIN)/python $(SCORER) $(CORPUS) --budget $$budget \
	    --command "$(BIN)/python -m cli.analyze {log} --json --budget-tokens {budget}" || exit 1; \
	done

bench-context: $(VENV)/.installed
	@if [ ! -e $(CORPUS)/cases.jsonl ]; then echo "no corpus at $(CORPUS): nothing was measured (CORPUS=folder names another)"; exit 0; fi; \
	$(BIN)/python -m scripts.bench_context $(CORPUS)

bench-redaction: $(VENV)/.installed
	@if [ ! -e $(CORPUS) ]; then echo "no corpus at $(CORPUS): nothing was measured (CORPUS=folder names another)"; exit 0; fi; \
	$(BIN)/python -m scripts.bench_redaction $(CORPUS)

bench-repairs: $(VENV)/.installed
	$(BIN)/python -m scripts.repair_rate $(ARGS)

bench-prediction: $(VENV)/.installed
	$(BIN)/python -m bench.prediction

# Kept and used again; `make clean` takes it away.
MILLION ?= .ci-fixer/million

bench-lists: $(VENV)/.installed
	$(BIN)/python -m bench.lists $(MILLION) $(ARGS)

bench-api: $(VENV)/.installed
	$(BIN)/python -m bench.api $(MILLION) $(ARGS)

bench-similar: $(VENV)/.installed
	$(BIN)/python -m bench.similar

soak: $(VENV)/.installed soak-review soak-backfill soak-api
	$(BIN)/python -m scripts.soak_large_log

# One after the other: each fills the machine by itself.
soak-review: $(VENV)/.installed
	CI_FIXER_SOAK=1 $(BIN)/python -m pytest tests/handlers/matrix
	CI_FIXER_SOAK=20 $(BIN)/python -m pytest tests/handlers/test_races.py tests/handlers/test_delivery_crash.py
	CI_FIXER_SOAK=150 $(BIN)/python -m pytest tests/handlers/test_traces.py

soak-backfill: $(VENV)/.installed
	CI_FIXER_SOAK=1 $(BIN)/python -m pytest -s tests/cli/test_backfill.py -k five_thousand

soak-api: $(VENV)/.installed
	CI_FIXER_SOAK=50 $(BIN)/python -m pytest tests/web/test_fuzz.py
	CI_FIXER_SOAK=1 $(BIN)/python -m pytest tests/storage/test_analytics.py

lock:
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/pip install --quiet uv
	.lock-venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
	  --extra dev --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml requirements-build.in
	rm -rf .lock-venv

clean:
	rm -rf $(VENV) .lock-venv .ci-fixer build *.egg-info
