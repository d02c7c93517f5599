# Everything that a fresh machine needs: git, make, Python >= 3.11 and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What is compiled is kept, whatever the shell says: the tests start hundreds of processes that import the same modules.
export PYTHONDONTWRITEBYTECODE :=
# Neighbours stay with one worker, so that what a module's or a folder's tests share is made once, not in each worker.
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
# An older interpreter is refused before anything is made with it; the words are ones that every Python can read.
FLOOR := import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else "Python %d.%d.%d (%s) is too old: \
agent-graph needs 3.11 or later. Remedy: make setup PYTHON=python3.11, or where else a later one is" \
% (v[0], v[1], v[2], "$(PYTHON)"))

.PHONY: setup whole graph lock demo test check format bench eval intake intake-weights trust surface example coverage architecture whole-lock own-locks clean help

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make .venv from the lock file

$(STAMP): requirements/dev.txt pyproject.toml
	@$(firstword $(wildcard $(BIN)/python) $(PYTHON)) -c '$(FLOOR)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.13"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@test ! -e generated/.agent-graph/cache/models/*.gguf || $(BIN)/agent-graph fetch reader --yes  # its engine, too
	@touch $@

demo: setup  ## the main job on a real data set, from sentence to proven repository
	@$(BIN)/agent-graph demo

test: setup  ## the tests, on all cores
	@$(PYTEST)

whole: setup  ## the slow tests too: whole projects from end to end, and the committed example made again
	@$(PYTEST) -m "slow or not slow"

check: setup  ## format, lint, types, import contracts, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PYTEST)

format: setup  ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup  ## speeds, as ratios against a peer where there is one: make bench WHOLE=1 makes a project too
	@$(BIN)/python -m evals.bench $(if $(WHOLE),--whole)

eval: setup  ## run the problems of a folder and write the table: make eval PROBLEMS=folder
	@$(BIN)/python -m evals.run $(PROBLEMS)

intake: setup  ## how questions are read, by leaving out whole data sets: make intake STATEMENTS="folder …"
	@$(BIN)/python -m evals.intake judge $(STATEMENTS)

intake-weights: setup  ## fit the weights that questions are read with, anew
	@$(BIN)/python -m evals.intake fit $(STATEMENTS)

trust: setup  ## how far it can be trusted: hostile programs, dishonest projects, kills, bad inputs; a table
	@$(BIN)/python -m evals.trust $(PARTS)

surface: setup  ## every option of the stack in a project, by its own check; a table: make surface OPTIONS="packaging=helm"
	@$(BIN)/python -m evals.surface $(OPTIONS)

example: setup  ## make generated/telco-churn again, the committed example
	@$(BIN)/python -m evals.example

clean:  ## remove the environment and caches; projects stay
	rm -rf $(VENV) generated/.agent-graph .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

graph: setup  ## draw docs/graph.mmd from the code
	@$(BIN)/python -c "from agent_graph.graph import build_graph; print(build_graph().get_graph().draw_mermaid(), end='')" > docs/graph.mmd

coverage: setup  ## write docs/coverage.md: what the mission asks for, beside the checks that cover it
	@$(BIN)/python -m evals.coverage

whole-lock: setup  ## resolve anew what generated projects can be installed with, all options of ours together
	@$(BIN)/python -m evals.whole_lock

own-locks: setup  ## resolve anew the locks of options that have an environment of their own
	@$(BIN)/python -m evals.whole_lock own

architecture: setup  ## write docs/architecture.md: the house on one page, drawn from the code
	@$(BIN)/python -m evals.architecture

lock:  ## resolve requirements/dev.txt anew
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-strip-extras --no-emit-index-url --python-version 3.11 --extra dev pyproject.toml -o requirements/dev.txt
