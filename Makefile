# The front door: `make help` lists what can be done here.
SHELL := /bin/bash
PYTHON := .venv/bin/python
export PYTHONDONTWRITEBYTECODE :=
# Google's libraries announce the end of Python 3.11, which Composer's image has.
export PYTHONWARNINGS := ignore::FutureWarning:google.api_core._python_version_support

FAST := not services and not airflow and not full
SERVICES := (services or airflow) and not full
PYTEST := $(PYTHON) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-forget test-full lint format predict backtest ablation bench-freshness bench-ingest bench-operators bench-parse chaos chaos-safeguards fuzz clean bench-profiles test-api bench-api deploy costs

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/' | expand -t 17

setup: ## Make or update the environments .venv and .venv-sandbox
	@command -v python3 >/dev/null || { echo "python3 is missing: install Python 3.11, then run make again." >&2; exit 1; }
	@python3 sandbox/bootstrap.py

demo: setup ## Run the whole product on replayed real sales; ONCE=1 stops by itself, SERIES=r_series|x_series
	@$(PYTHON) -m sandbox.demo $(if $(ONCE),--once) $(if $(SERIES),--series $(SERIES))

test: setup ## Run every check and test
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m ty check
	@$(PYTEST) -m "$(FAST)"
	@$(PYTEST) -m "$(SERVICES)"

test-full: test ## Run every check and test, also those that take minutes each
	@python3 sandbox/bootstrap.py api && $(PYTEST) -m full

test-api: setup ## Ask the API thousands of things made from its document, and show its pages to Chromium
	@python3 sandbox/bootstrap.py api && $(PYTHON) -m pytest -m full tests/plugins

test-forget: setup ## Prove that a forgotten customer is nowhere and does not come back, also when a run is killed
	@$(PYTHON) -m pytest tests/forgetting tests/retention tests/lightspeed/test_redaction.py

test-fast: setup ## Run the tests that need no services
	@$(PYTEST) -m "$(FAST)"

chaos: setup ## Run fault schedules against the ingestion: SEEDS=500 FIRST=1 LANES=2
	@$(PYTHON) -m tests.chaos --seeds "$(or $(SEEDS),500)" --first "$(or $(FIRST),1)" --lanes "$(or $(LANES),2)"

chaos-safeguards: setup ## Take each safeguard away and see which schedule catches it: WRITE=1 keeps the table in docs
	@$(PYTHON) -m tests.chaos.safeguards $(if $(WRITE),--write)

fuzz: setup ## Fuzz the parsers by coverage: RUNS=100000 SEED=1, at most SECONDS=3600; Linux alone has the fuzzer
	@python3 sandbox/bootstrap.py fuzz && $(PYTHON) -m tests.fuzz --runs "$(or $(RUNS),100000)" --seed "$(or $(SEED),1)" --seconds "$(or $(SECONDS),3600)"

format: setup ## Format the code
	@$(PYTHON) -m ruff format . && $(PYTHON) -m ruff check --fix .

predict: setup ## Predict from any sales history: SALES=in.parquet AS_OF=2017-12-01 HORIZON=30 OUT=profiles.parquet
	@$(PYTHON) -m sandbox.predict --sales "$(SALES)" --as-of "$(AS_OF)" --horizon "$(or $(HORIZON),30)" --out "$(or $(OUT),profiles.parquet)"

backtest: setup ## Grade predictions at past cutoffs: SALES=file.parquet CUTOFFS=2017-09-01,2017-10-01 HORIZON=30
	@$(PYTHON) -m sandbox.backtest --sales "$(SALES)" --cutoffs "$(CUTOFFS)" --horizon "$(or $(HORIZON),30)"

ablation: setup ## Tell what e-mail, web content and social activity add to the predictions: CUTOFFS=2017-09-01,2017-11-01 HORIZON=30
	@$(PYTHON) -m sandbox.ablation --cutoffs "$(or $(CUTOFFS),2017-09-01,2017-11-01)" --horizon "$(or $(HORIZON),30)"

bench-freshness: setup ## Measure how soon a busy shop's sales are queryable: SECONDS=600 SERIES=x_series|r_series
	@$(PYTHON) -m benchmarks.freshness --seconds "$(or $(SECONDS),600)" --series "$(or $(SERIES),x_series)"

bench-ingest: setup ## Measure a backfill beside dlt's: LINES=1000000; above a million, how memory grows
	@python3 sandbox/bootstrap.py bench && $(PYTHON) -m benchmarks.ingest --lines "$(or $(LINES),1000000)"

bench-operators: setup ## Measure how soon a sale is queryable, with hooks inside tasks and with the provider's operators
	@$(PYTHON) -m benchmarks.operators_or_hooks

bench-parse: setup ## Measure how long each DAG file takes to parse
	@$(PYTHON) -m benchmarks.parse

bench-profiles: setup ## Measure how profiles grow with the customers: CUSTOMERS=10000,100000,1000000
	@$(PYTHON) -m benchmarks.profiles --customers "$(or $(CUSTOMERS),10000,100000,1000000)"

bench-api: setup ## Measure the profile API with 32 clients, beside a route that does nothing
	@$(PYTHON) -m benchmarks.api

deploy: setup ## Deploy to Cloud Composer: ENVIRONMENT=… LOCATION=us-central1 [SETTINGS=file.toml]; DRY_RUN=1 prints the commands
	@$(PYTHON) -m deploy --environment "$(ENVIRONMENT)" --location "$(LOCATION)" $(if $(SETTINGS),--settings "$(SETTINGS)") $(if $(DRY_RUN),--dry-run)

costs: setup ## Write docs/costs.md: what Google bills for a shop's size
	@$(PYTHON) -m deploy.costs

clean: ## Remove what the sandbox keeps (.sandbox); the environments stay
	@rm -rf .sandbox
