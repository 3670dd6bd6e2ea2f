# Every command of the project. `make` alone lists them. Works with GNU make 3.81 and later, on Linux and macOS.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
CHAPTER ?=

BIN := $(VENV)/bin
SITE := _build/html
PINS := requirements-book.txt constraints.txt pyproject.toml

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help:  ## this list
	@echo "make book                the site: creates .venv, installs, builds, opens it"
	@echo "make print               the whole book as PDF and EPUB, and the site as one .zip (needs Chromium or Chrome)"
	@echo "make serve               the site on http://127.0.0.1:$(PORT) (PORT=...)"
	@echo "make lab                 the chapters in JupyterLab (installs torch, which some of them train with)"
	@echo "make test                every check (installs torch and the test tools first)"
	@echo "make run CHAPTER=02      run a chapter again and store it; without CHAPTER, all of them"
	@echo "make check-form          are the chapters stored in the form that make run gives them?"
	@echo "make lint                style and common mistakes"
	@echo "make bench               measure anew how fast and how exact the library is, beside others; some minutes"
	@echo "make times               measure how long the chapters run, for the status page; some minutes"
	@echo "make diff-setup          let git show notebooks cell by cell"
	@echo "make constraints         write constraints.txt anew from the installed versions"
	@echo "make clean               remove what was built (and .venv: make clean-all)"
	@echo
	@echo "PYTHON=python3.13 make ...  uses another Python than python3; it needs 3.11 or later"

# The environment. A stamp is younger than the files it was installed from, so a second run installs nothing.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "This needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)."; \
	  echo "Name another one: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "No virtual environment: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }

$(VENV)/book.stamp: $(PINS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements-book.txt
	@touch $@

$(VENV)/print.stamp: requirements-print.txt $(PINS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements-print.txt
	@touch $(VENV)/book.stamp $@

# Programs from npm that judge the site, run by the Node that requirements.txt brings.
$(VENV)/node.stamp: tests/site/node/package-lock.json $(VENV)/full.stamp
	$(BIN)/python tests/site/tools.py ci
	@touch $@

$(VENV)/full.stamp: requirements.txt requirements-print.txt $(PINS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $(VENV)/book.stamp $(VENV)/print.stamp $@

.PHONY: book
book: $(VENV)/book.stamp  ## the site
	$(BIN)/jupyter-book build . -W -n --keep-going --all --quiet
	@$(BIN)/python tools/open_site.py $(SITE)

.PHONY: print
print: $(VENV)/print.stamp
	$(BIN)/jupyter-book build . -W -n --keep-going --all --quiet
	$(BIN)/python -m tools.printing

.PHONY: serve
serve:
	@test -f $(SITE)/index.html || { echo "There is no site yet: make book"; exit 1; }
	@echo "http://127.0.0.1:$(PORT)  (Ctrl-C ends it)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory $(SITE)

.PHONY: lab
lab: $(VENV)/full.stamp
	$(BIN)/jupyter lab --ServerApp.root_dir=chapters

.PHONY: test
test: $(VENV)/full.stamp $(VENV)/node.stamp lint
	$(BIN)/python -m pytest

.PHONY: lint
lint: $(VENV)/full.stamp
	$(BIN)/ruff check .

.PHONY: run
run: $(VENV)/full.stamp
	$(BIN)/python tools/run_chapter.py $(CHAPTER)

.PHONY: check-form
check-form: $(VENV)/book.stamp
	@$(BIN)/python tools/run_chapter.py --check $(CHAPTER)

.PHONY: bench
bench: $(VENV)/full.stamp
	$(BIN)/python benchmarks/measures.py --write
	$(BIN)/python benchmarks/accuracy.py --write
	$(BIN)/python benchmarks/estimators.py --write
	$(BIN)/python benchmarks/training.py --write
	$(BIN)/python benchmarks/skills.py --write

.PHONY: times
times: $(VENV)/full.stamp
	$(BIN)/python tools/run_times.py $(CHAPTER)

.PHONY: diff-setup
diff-setup:
	git config diff.jupyternotebook.textconv "$(PYTHON) tools/notebook_text.py"
	@echo "git diff, git show and git log -p now show notebooks cell by cell (git diff --no-textconv shows the file)"

.PHONY: constraints
constraints: $(VENV)/full.stamp
	$(BIN)/python tools/constraints.py

.PHONY: clean clean-all
clean:
	rm -rf _build tests/site/node/node_modules $(VENV)/node.stamp .pytest_cache .ruff_cache .hypothesis build ./*.egg-info
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

clean-all: clean
	rm -rf $(VENV)
