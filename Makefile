# Each target does all its own set-up; a second call does none of it again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench kill picture clean

demo: $(VENV)/.ready-run
	$(BIN)/monitor demo

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict monitor
	$(BIN)/lint-imports

# SIGKILL at random points, 30 times an engine; `make test` does 8.
kill: $(VENV)/.ready-dev
	KILLS=30 $(BIN)/python -m pytest tests/test_kill.py -s

bench: $(VENV)/.ready-dev
	$(BIN)/python benchmarks/whole_job.py
	$(BIN)/python benchmarks/polling.py
	$(BIN)/python benchmarks/judge.py

# The digest's picture in the README, made from the demo; needs Debian's chromium.
picture: $(VENV)/.ready-dev
	$(BIN)/python docs/pictures/make.py

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.ready-run: $(VENV)/.made pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready-run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
