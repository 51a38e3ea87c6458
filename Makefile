# Everything lives in .venv; a machine with git, make and Python 3.11 or newer is enough.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
DEMO   := assets/demo/shop

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format bench fuzz engine-full conformance exporting privileges stacks labels reach-facts shots lock clean

help: ## show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## open the assistant on the bundled demo; without a terminal, review it and harden it into out/
	@if [ -t 0 ] && [ -t 1 ]; then \
	  $(BIN)/batten $(DEMO); \
	else \
	  $(BIN)/batten review $(DEMO) --fail-on never && $(BIN)/batten harden $(DEMO) -o out --force; \
	fi

test: $(VENV)/test.stamp ## run the tests
	$(BIN)/python -m pytest

check: $(VENV)/test.stamp ## lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/test.stamp ## put imports and layout in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/test.stamp ## measure whole processes beside the floor and beside a peer, how the commands start, what large projects cost, and the screens
	$(BIN)/python -m bench.speed
	$(BIN)/python bench/startup.py $(DEMO)
	$(BIN)/python -m bench.large
	$(BIN)/python -m bench.screens

fuzz: $(VENV)/test.stamp ## damage 20,000 valid files and see that each is read, or refused with its place
	BATTEN_EXAMPLES=20000 $(BIN)/python -m pytest tests/compose/test_mutations.py

# ENGINE: the root of another system with a newer dockerd, as tests/engine/newer_engine.sh makes it; without it the engine on the path.
engine-full: $(VENV)/test.stamp ## measure every shape on a Docker engine, as root: make engine-full ENGINE=FOLDER
	BATTEN_ENGINE_REQUIRED=1 BATTEN_ENGINE_SHAPES=all BATTEN_ENGINE_ROOT=$(ENGINE) $(BIN)/python -m pytest tests/engine

# CORPUS: a folder of compose projects with the reference's output (manifest.json, projects/, reference/, labels/).
conformance: $(VENV)/run.stamp ## compare what we resolve with the reference's own output: make conformance CORPUS=FOLDER
	$(BIN)/python -m bench.conformance $(CORPUS)

exporting: $(VENV)/test.stamp ## harden a corpus into other folders and ask the reference about each: make exporting CORPUS=FOLDER
	$(BIN)/python -m bench.exporting $(CORPUS)
	$(BIN)/python -m bench.keeping $(CORPUS)

stacks: $(VENV)/test.stamp ## write a stack file for every project of a corpus and ask Docker about each: make stacks CORPUS=FOLDER
	$(BIN)/python -m bench.stacks $(CORPUS)

privileges: $(VENV)/test.stamp ## take rights from every service of a corpus and ask the reference about each project: make privileges CORPUS=FOLDER
	$(BIN)/python -m bench.privileges $(CORPUS)

labels: $(VENV)/run.stamp ## compare what we infer with projects labelled by hand: make labels CORPUS=FOLDER
	$(BIN)/python -m bench.labels $(CORPUS)
	$(BIN)/python -m bench.label_designs $(CORPUS)
	$(BIN)/python -m bench.secret_ways $(CORPUS)

reach-facts: $(VENV)/run.stamp ## compare the predictor with what was measured on real engines: make reach-facts FACTS=FOLDER
	$(BIN)/python -m bench.reach_facts $(FACTS)

shots: $(VENV)/run.stamp ## draw the pictures of the README with the program itself
	$(BIN)/python docs/shots.py

lock: ## compile the pins anew (needs pip-compile of pip-tools on the path)
	pip-compile $(LOCK) --output-file requirements/run.txt pyproject.toml requirements/run.in
	pip-compile $(LOCK) --output-file requirements/test.txt pyproject.toml requirements/test.in

LOCK := --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --annotation-style line \
        --no-header --no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

clean: ## remove .venv, out/ and what the tools left behind
	rm -rf $(VENV) out build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("batten needs Python 3.11 or newer, for example: make PYTHON=python3.12 run" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# --no-build-isolation: the build backend is pinned like everything else.
$(VENV)/run.stamp: pyproject.toml requirements/run.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements/test.txt
	$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@
