.DEFAULT_GOAL := help
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
MINUTES ?= 60
ROWS   ?= 570048
SIZES  ?= 100000,300000,1000000,3000000
STAMP  := $(VENV)/.installed

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev,fast]'
	touch $(STAMP)

install: $(STAMP) ## Make .venv with everything for work on the project

demo: $(STAMP) ## Run the bundled demo chats and open the dashboard (ARGS=--no-serve only prints)
	$(BIN)/nuanqun demo $(ARGS)

browser: $(STAMP) ## Find a Chromium for the browser tests, install Debian's where that is allowed
	$(BIN)/python tests/chromium.py >&2
	-test -d node_modules/axe-core || npm install --silent --no-save --no-package-lock --no-audit --no-fund axe-core@4.14.1 >&2

test: browser ## Run all tests, those in the real browser too
	$(BIN)/python -m pytest $(ARGS)

journeys: browser ## Run the browser's journeys on 30 simulated chats of 300,000 messages (made once, kept in the temporary folder)
	NUANQUN_CROWD=$(or $(CROWD),30x300000) $(BIN)/python -m pytest -m journey $(ARGS)

check: $(STAMP) ## Lint, format check and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/python tests/audit.py --offline-is-fine

bench: $(STAMP) ## Time export files to ready dashboard at SIZES messages, one JSON
	$(BIN)/python benchmarks/end_to_end.py --sizes $(SIZES) $(ARGS)

bench-pages: $(STAMP) ## Time every page of the dashboard on 500 simulated chats of 1,000,000 messages, one JSON
	$(BIN)/python benchmarks/dashboard.py $(ARGS)

bench-day: $(STAMP) ## One more day of a chat of a million messages beside the same chat from nothing, one JSON
	$(BIN)/python benchmarks/end_to_end.py --one-chat $(or $(N),1000000) $(ARGS)

bench-classify: $(STAMP) ## Messages a second in each quality beside other classifiers, one JSON; needs DATA=folder
	$(BIN)/python -m pip install --quiet --editable '.[benchmark]'
	$(BIN)/python benchmarks/classify.py $(DATA) $(ARGS)

bench-disguise: $(STAMP) ## Recall of advertisements under twelve disguises, one JSON; needs DATA=folder
	$(BIN)/python benchmarks/obfuscation.py $(DATA) $(ARGS)

bench-strangers: $(STAMP) ## Our models and the character SVM on sources that neither saw, one JSON; needs DATA=folder
	$(BIN)/python benchmarks/baselines.py $(DATA) $(ARGS)

bench-texts: $(STAMP) ## `nuanqun classify` on 100,000 texts from Parquet to Parquet: memory, repeat, offsets, one JSON
	$(BIN)/python benchmarks/classify_file.py $(ARGS)

taken-out: $(STAMP) ## Work that was taken out beside the way without it: ratios in one run, one JSON
	$(BIN)/python benchmarks/taken_out.py $(ARGS)

conformance: $(STAMP) ## Read every sample of SAMPLES=DIR and name the fields that differ from its expected.json
	$(BIN)/python tests/conformance.py $(SAMPLES)

fuzz: $(STAMP) ## Read N=20000 mutated exports: no traceback, no hang
	PYTHONPATH=.:tests $(BIN)/python tests/fuzz.py --n $(or $(N),2000)

chaos: $(STAMP) ## Kill the process at N=200 random points, fill the disk, damage files, move the clock: nothing is lost
	PYTHONPATH=.:tests $(BIN)/python tests/chaos.py --n $(or $(N),200)

fuzz-guided: $(STAMP) ## Fuzz the readers by coverage for SECONDS=120
	$(BIN)/python -m pip install --quiet --editable '.[fuzz]'
	PYTHONPATH=.:tests $(BIN)/python tests/fuzz_guided.py --seconds $(or $(SECONDS),120)

patterns: $(STAMP) ## Try every regular expression against long runs: none takes quadratic time
	PYTHONPATH=.:tests $(BIN)/python tests/patterns.py $(ARGS)

audit: $(STAMP) ## Known holes in what is installed, one JSON; needs the network
	$(BIN)/python tests/audit.py

sbom: $(STAMP) ## What is installed, as build/sbom.json (CycloneDX)
	$(BIN)/python tests/audit.py --sbom build/sbom.json

cluster: $(STAMP) ## Throughput of 1, 2 and 4 workers of a cluster, one JSON
	$(BIN)/python benchmarks/cluster.py $(ARGS)

peers: $(STAMP) ## The same export read by other tools, one JSON; installs them beside (needs the network)
	$(BIN)/python benchmarks/peers.py $(ARGS)

load: $(STAMP) ## Many people at the dashboard at once, one JSON
	$(BIN)/python benchmarks/load.py $(ARGS)

uploads: browser ## 2 GB by path and 200 MB through a real browser, one JSON; needs 5 GB of room for a while
	$(BIN)/python benchmarks/uploads.py $(ARGS)

train: $(STAMP) ## Train what is shipped; needs DATA=folder with labelled/, unlabelled/, groups/; less with MINUTES=, ROWS=
	$(BIN)/nuanqun train light --data $(DATA) --out build/before/light
	$(BIN)/nuanqun train encoder --data $(DATA) --out build/encoder --cache build/encoder-cache --minutes $(MINUTES)
	$(BIN)/nuanqun train heads --data $(DATA) --encoder build/encoder --light build/before/light --rows $(ROWS)
	$(BIN)/nuanqun train light --data $(DATA) --teacher models/encoder --light build/before/light
	$(BIN)/nuanqun train risk --histories $(DATA)/groups

wheel: $(STAMP) ## Build sdist and wheel
	$(BIN)/python -m build

clean: ## Remove what can be made again
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis workspace

.PHONY: help install demo browser test journeys check bench bench-pages bench-day bench-classify bench-disguise bench-strangers bench-texts conformance fuzz chaos train wheel clean fuzz-guided patterns audit sbom cluster peers load uploads taken-out

# Those that print one JSON print nothing else: `make load > load.json`.
.SILENT: bench bench-pages bench-day bench-classify bench-disguise bench-strangers bench-texts taken-out cluster peers load uploads audit browser
