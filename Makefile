# Each target does all of its own set-up: a virtual environment with the locked packages, and, where
# that is allowed, the system packages that are missing.
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := $(VENV)/.ready
RESULT := out/talking-lipstick.mp4

.PHONY: help demo test test-all attack lint format docs gallery looks release lock clean
.DELETE_ON_ERROR:

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## /\1\t/p' $(MAKEFILE_LIST)

demo: $(READY)  ## put lipstick on the sample clip
	@mkdir -p $(dir $(RESULT))
	$(BIN)/lipfx apply lipstick samples/talking.mp4 $(RESULT) --overwrite
	@echo "The result is in $(RESULT)"

test: $(READY) lint  ## formatting, lint, types and all tests but the slow ones
	$(BIN)/pytest -m "not slow" --numprocesses auto --dist loadfile

test-all: $(READY)  ## the slow tests
	@scripts/tools
	$(BIN)/pytest -m slow

attack: $(READY)  ## CASES damaged inputs and KILLS kills, drawn from SEED, JOBS at a time
	$(BIN)/python -m tests.attack --cases $(or $(CASES),300) --kills $(or $(KILLS),20) \
		--seed $(or $(SEED),1) --jobs $(or $(JOBS),1)

lint: $(READY)  ## formatting, lint, types and who imports whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python scripts/architecture.py --check

format: $(READY)  ## reformat the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)  ## build the documentation into out/site (Python 3.11 or newer)
	PYTHONPATH=. $(BIN)/python scripts/schemas.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

looks: $(READY)  ## sheets of all finishes on CLIPS="a.mp4 b.mp4", the sample unless named, into out/looks
	$(BIN)/python -m scripts.looks out/looks $(or $(CLIPS),samples/talking.mp4)

gallery: $(READY)  ## make the pictures of README and docs anew
	$(BIN)/python scripts/gallery.py
	$(BIN)/python -m scripts.looks docs/looks

release: $(READY)  ## build sdist and wheel, and try each in a clean environment
	@scripts/release $(VENV)

lock: $(READY)  ## resolve pyproject.toml into requirements*.lock; UPGRADE=1 takes the newest of all
	UPGRADE="$(UPGRADE)" scripts/lock $(VENV)
	$(BIN)/python scripts/licences.py

clean:  ## remove the virtual environment and what the other targets wrote
	rm -rf $(VENV) out dist .mypy_cache .ruff_cache .import_linter_cache .pytest_cache

$(READY): requirements.lock requirements-torch.lock pyproject.toml scripts/setup
	@PYTHON="$(PYTHON)" scripts/setup $(VENV)
	@touch $@
