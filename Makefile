# Chartside: every command a contributor needs. Each one does its own set-up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check bench faults faults-long drain send-once mutate-rules format lock clean

demo: $(READY)
	$(BIN)/python -m app.cli demo

test: $(READY)
	$(BIN)/python -m tests.prepare
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term:skip-covered $(ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python -m benchmarks $(ONLY)

# The fault matrix on both databases, at most 15 minutes; the long one for an hour with new seeds.
faults: $(READY)
	$(BIN)/python -m tests.faults $(ARGS)

faults-long: $(READY)
	$(BIN)/python -m tests.faults --long $(ARGS)

# Four workers on PostgreSQL drain 5,000 intents while two of them are killed every five seconds.
drain: $(READY)
	$(BIN)/python -m tests.faults.drain $(ARGS)

# Kills a sender at 20 points of a send, for each of 20 seeds: no message twice, none lost.
send-once: $(READY)
	SEND_ONCE_SEEDS=20 $(BIN)/python -m pytest -n 2 tests/faults/test_send_once.py $(ARGS)

# Changes every number, comparison and clause of the rule files; rewrites docs/measures/mutation.md.
mutate-rules: $(READY)
	$(BIN)/python -m tests.app.clinical.measures.mutate --write

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Chartside needs Python 3.11 or newer; set PYTHON=/path/to/it")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

# Needs uv on the PATH; run after editing requirements/*.in.
lock:
	cd requirements && uv pip compile --universal --python-version 3.11 --generate-hashes runtime.in -o runtime.txt
	cd requirements && uv pip compile --universal --python-version 3.11 --generate-hashes dev.in -o dev.txt

clean:
	rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache
