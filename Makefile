# Every target works inside .venv, which the first target that needs it creates.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-fast vllm check lint types docs bench recovery durability fuzz clean help

help:            ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "voxpop needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Installing voxpop into $(VENV) (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,figures]'
	@touch $@

demo: $(STAMP)   ## the main job on the embedded known-truth engine: simulate, compare, read a transcript
	@$(BIN)/voxpop demo

test: $(STAMP) vllm ## every test, against a real vLLM too where its CPU build can be had
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -rs

vllm: $(STAMP)   ## the environment in which a real vLLM runs on the CPU (once; 3.5 GB)
	@$(BIN)/python tests/vllm/install.py .venv-vllm

test-fast: $(STAMP) ## the tests without the slow ones
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -rs -m 'not slow'

lint: $(STAMP)   ## ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP)  ## mypy, strict
	@$(BIN)/mypy

docs: $(STAMP)   ## rewrite the generated parts of the documentation
	@$(BIN)/python docs/generate.py

bench: $(STAMP)  ## every promise about speed and size as one table of ratios; a dated file in benchmarks/history
	@$(BIN)/python benchmarks/run.py

docs-check: $(STAMP)
	@$(BIN)/python docs/generate.py --check

check: lint types docs-check test ## everything CI would complain about

fuzz: $(STAMP)   ## parsers, importers, human answers, spec, survey and record reader, guided by coverage (atheris; says so where it cannot be had)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]' || true
	@$(BIN)/python tests/fuzz/run_fuzz.py $(FUZZ)

recovery: $(STAMP) ## the known-truth recovery tables of docs/known-truth.md
	@$(BIN)/python benchmarks/recovery.py --write docs/known-truth.md
	@$(BIN)/python benchmarks/recovery_structure.py --write docs/known-truth.md

durability: $(STAMP) ## kill, tear and starve runs, and write what happened into docs/durability.md
	@$(BIN)/python benchmarks/durability.py --write docs/durability.md

clean:           ## remove the environment and build products
	rm -rf $(VENV) build dist *.egg-info
