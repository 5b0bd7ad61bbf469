PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENGINES := .venv-engines
RAY := .venv-ray
NODE_MODULES := tests/engines/node_modules

.PHONY: help demo docs test test-long test-faults test-ray test-engines bench check format clean

help:     ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/	/'

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## a small complete search on built-in data, then its front
	$(BIN)/python -m nasamp -m search=poc schedule=smoke
	$(BIN)/python -m nasamp.pareto runs=results/poc
	@echo "open results/poc/report.html"

ifneq ($(shell command -v npm),)
test: $(NODE_MODULES)
endif
test: $(VENV)/.installed  ## the quick tests; with npm also those in NAM's engine
	$(BIN)/python -m pytest --numprocesses auto

test-long: $(VENV)/.installed  ## the tests of installs, launchers and killed processes
	$(BIN)/python -m pytest --numprocesses auto -m long

test-faults: $(VENV)/.installed  ## a search killed at thirty moments; three times as many odd inputs
	$(BIN)/python -m pytest --numprocesses auto --dist load -m faults
	NASAMP_FUZZ_CASES=3 $(BIN)/python -m pytest --numprocesses auto -m long tests/test_fuzz_*.py

test-ray: $(RAY)/.installed  ## searches on Ray, here and on a cluster of two nodes; in an environment of its own
	$(RAY)/bin/python -m pytest -m ray -vv tests/test_ray.py

$(RAY)/.installed: pyproject.toml
	$(PYTHON) -m venv $(RAY)
	$(RAY)/bin/pip install --quiet --editable '.[ray,test]'
	touch $@

test-engines: $(VENV)/.installed $(ENGINES)/.installed $(NODE_MODULES)  ## our .nam files in NAM's trainer and engine
	NASAMP_NAM_PYTHON=$(ENGINES)/bin/python $(BIN)/python -m pytest tests/test_nam_trainer.py tests/test_nam_engine.py

$(ENGINES)/.installed:
	$(PYTHON) -m venv $(ENGINES)
	$(ENGINES)/bin/pip install --quiet torch==2.13.0   # first, or a build for CUDA of several GB may come
	$(ENGINES)/bin/pip install --quiet neural-amp-modeler==0.13.0
	touch $@

$(NODE_MODULES): tests/engines/package-lock.json
	cd tests/engines && npm ci --no-audit --no-fund --loglevel=error
	touch $@

docs: $(VENV)/.installed  ## the documentation as a site, in site/
	NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true $(BIN)/python -m mkdocs build --strict --quiet

bench: $(VENV)/.installed  ## a training step and a whole training, the original's against ours; some minutes
	$(BIN)/python benchmarks/training_step.py 1
	$(BIN)/python benchmarks/family_step.py 1
	$(BIN)/python benchmarks/recipes.py

check: $(VENV)/.installed  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_layers.py

format: $(VENV)/.installed  ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:    ## remove the virtual environment and caches; results stay
	rm -rf $(VENV) $(ENGINES) $(RAY) $(NODE_MODULES) .mypy_cache .ruff_cache .pytest_cache build
