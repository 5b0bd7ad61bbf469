PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENGINES := .venv-engines

.PHONY: help demo test test-long check format clean

help:     ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/	/'

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## a small complete search on built-in data, then its front
	$(BIN)/python -m nasamp -m search=poc schedule=smoke
	$(BIN)/python -m nasamp.pareto runs=results/poc
	@echo "open results/poc/summary.md and results/poc/quality_vs_params.png"

NODE_MODULES := tests/engines/node_modules

ifneq ($(shell command -v npm),)
test: $(NODE_MODULES)
endif
test: $(VENV)/.installed  ## the quick tests; with npm also those in NAM's engine
	$(BIN)/python -m pytest --numprocesses auto

test-long: $(VENV)/.installed  ## the tests of installs, launchers and killed processes
	$(BIN)/python -m pytest --numprocesses auto -m long

$(NODE_MODULES): tests/engines/package-lock.json
	cd tests/engines && npm ci --no-audit --no-fund
	touch $@

check: $(VENV)/.installed  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_layers.py

format: $(VENV)/.installed  ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:    ## remove the virtual environment and caches; results stay
	rm -rf $(VENV) $(ENGINES) $(NODE_MODULES) .mypy_cache .ruff_cache .pytest_cache build
