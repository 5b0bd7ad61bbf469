PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENGINES := .venv-engines
RAY := .venv-ray
NODE_MODULES := tests/engines/node_modules

.PHONY: help demo docs test test-long test-faults test-ray test-engines bench check format clean

help:     ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/	/'

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## run a small complete search on built-in data, and its report
	$(BIN)/python -m nasamp -m search=poc schedule=smoke
	$(BIN)/python -m nasamp.pareto runs=results/poc
	@echo "open results/poc/report.html"

ifneq ($(shell command -v npm),)
test: $(NODE_MODULES)
endif
test: $(VENV)/.installed  ## run the quick tests; with npm also those in NAM's engine
	$(BIN)/python -m pytest --numprocesses auto

test-long: $(VENV)/.installed  ## run the slow tests: installation, launchers, killed processes
	$(BIN)/python -m pytest --numprocesses auto -m long

test-faults: $(VENV)/.installed  ## kill a search at thirty moments, and try three times as many odd inputs
	$(BIN)/python -m pytest --numprocesses auto --dist load -m faults
	NASAMP_FUZZ_CASES=3 $(BIN)/python -m pytest --numprocesses auto -m long tests/test_fuzz_*.py

test-ray: $(RAY)/.installed  ## run searches on Ray, on this machine and on a cluster of two nodes, in a separate environment
	$(RAY)/bin/python -m pytest -m ray -vv tests/test_ray.py

$(RAY)/.installed: pyproject.toml
	$(PYTHON) -m venv $(RAY)
	$(RAY)/bin/pip install --quiet --editable '.[ray,test]'
	touch $@

test-engines: $(VENV)/.installed $(ENGINES)/.installed $(NODE_MODULES)  ## test our .nam files in NAM's trainer and engine
	NASAMP_NAM_PYTHON=$(ENGINES)/bin/python $(BIN)/python -m pytest tests/test_nam_trainer.py tests/test_nam_engine.py

$(ENGINES)/.installed:
	$(PYTHON) -m venv $(ENGINES)
	$(ENGINES)/bin/pip install --quiet torch==2.13.0   # first, or a build for CUDA of several GB may come
	$(ENGINES)/bin/pip install --quiet neural-amp-modeler==0.13.0
	touch $@

$(NODE_MODULES): tests/engines/package-lock.json
	cd tests/engines && npm ci --no-audit --no-fund --loglevel=error
	touch $@

docs: $(VENV)/.installed  ## build the documentation as a site, in site/
	NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true $(BIN)/python -m mkdocs build --strict --quiet

bench: $(VENV)/.installed  ## compare a training step and a whole training with the original project; takes minutes
	$(BIN)/python benchmarks/training_step.py 1
	$(BIN)/python benchmarks/family_step.py 1
	$(BIN)/python benchmarks/recipes.py

check: $(VENV)/.installed  ## check format, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_layers.py

format: $(VENV)/.installed  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:    ## remove the virtual environments and caches; keep results
	rm -rf $(VENV) $(ENGINES) $(RAY) $(NODE_MODULES) .mypy_cache .ruff_cache .pytest_cache build
