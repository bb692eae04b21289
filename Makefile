# make run and make test are all the set-up there is.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run install test bench fix clean

run: install
	$(BIN)/python app.py $(ARGS)

install: .venv/installed

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(ARGS)

bench: .venv/installed-dev
	@for file in benchmarks/[a-z]*.py; do name=$$(basename $$file .py); echo "## $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

fix: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .ruff_cache .mypy_cache .pytest_cache .hypothesis .gradio
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The stamps are what make asks for, so that a second run starts at once.
.venv/installed: requirements.txt | .venv/bin/python
	$(PIP) -r requirements.txt
	touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(PIP) -r requirements-dev.txt
	touch $@
