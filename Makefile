# Every target sets itself up: Python >= 3.11 and make are all it takes.
PY ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
STAMP := .venv/.synced
BIN := .venv/bin
# Development keys, DEBUG-free; production sets its own secrets (README).
export SHIPSYNC_DEVELOPMENT := 1

.PHONY: demo demo-check test lint types bench soak fmt lock
.DEFAULT_GOAL := test

$(STAMP): requirements.lock
	@test -n "$(PY)" || { echo "shipsync needs Python 3.11 or newer; say which: make PY=/path/to/python"; exit 1; }
	@test -x $(BIN)/python || $(PY) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

demo: $(STAMP)
	$(BIN)/python manage.py demo $(ARGS)

demo-check: $(STAMP)
	$(BIN)/python manage.py demo_check $(ARGS)

test: $(STAMP)
	$(BIN)/python tests/suite.py

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP)
	$(BIN)/mypy .

fmt: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python manage.py bench $(ARGS)

soak: $(STAMP)
	$(BIN)/python manage.py soak $(ARGS)

# New locks name no index and hold no address; tests/test_architecture.py looks.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
		-o requirements.lock pyproject.toml --group dev
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 -o tests/clients/requirements.lock tests/clients/requirements.in
