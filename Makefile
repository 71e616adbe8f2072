# Two commands on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
WORKERS ?= 2

.PHONY: run test lint bench wheel clean

run: $(VENV)/.ready
	$(BIN)/edigw demo var/demo

test: $(VENV)/.ready
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

lint: $(VENV)/.ready
	$(BIN)/ruff check edigw tests bench
	$(BIN)/mypy

bench: $(VENV)/.ready
	$(BIN)/python bench/parse.py
	$(BIN)/python bench/judge.py
	$(BIN)/python bench/ledger.py
	$(BIN)/python bench/gateway.py
	$(BIN)/python bench/nodes.py

wheel: $(VENV)/.ready
	$(BIN)/python -m build --wheel --outdir dist

# The stamp depends on what decides the environment, so an edited setup.cfg installs again.
$(VENV)/.ready: setup.cfg constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[sftpd,postgres,test]'
	touch $@

clean:
	rm -rf $(VENV) var build dist edigw.egg-info
