# `make` lists what there is. Needs make and Python 3.11 or later; everything else goes to .venv.

PYTHON ?= python3
RECORDING ?=
ARGS ?=
VENV := .venv
VENV_BIGQUERY := .venv-bigquery
BIN := $(VENV)/bin
SAMPLE := out/recordings/simulated-seed1.edf

# One thread each: our arrays are small, and a library that starts eight threads a worker slows all.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1
export NUMBA_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The shell reads the path from here, so that it may hold spaces and quotes.
export RECORDING

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: terraform-check runners-check image-check help run run-batch test lint types bench docs clean distclean

help: ## list these targets
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) \
	  | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: $(VENV)/compiled $(VENV_BIGQUERY)/checked ## everything live on this machine for a minute: simulated devices, or RECORDING=path replayed
	@$(BIN)/python -m local.live $${RECORDING:+--recording "$$RECORDING"} $(ARGS)

run-batch: $(VENV)/compiled ## features and a report of a sample recording, or of RECORDING=path
	@set -e; input=$$RECORDING; \
	if [ -z "$$input" ]; then \
	  $(BIN)/python -m devices.simulate --output $(dir $(SAMPLE)) --seed 1; input=$(SAMPLE); \
	elif [ ! -e "$$input" ]; then \
	  echo "RECORDING is '$$input'; expected the path of an existing recording or folder" >&2; exit 1; \
	fi; \
	$(BIN)/python -m pipelines.batch --input "$$input" --output out/ $(ARGS)

test: $(VENV)/installed-dev $(VENV)/compiled $(VENV_BIGQUERY)/checked ## every test, on all cores; ARGS='-k name' for some
	@$(BIN)/python -m pytest -q -n auto --dist loadscope $(ARGS)

lint: $(VENV)/installed-dev ## style and likely bugs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/installed-dev ## static types
	@$(BIN)/mypy

bench: $(VENV)/installed-bench $(VENV)/compiled ## speed and memory beside other libraries; writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/compiled ## the generated parts of docs/: tables, features, thresholds, the notebook's picture
	@$(BIN)/python -m docs.generate
	@$(BIN)/python -m docs.terraform_files
	@$(BIN)/python -m docs.notebook_image

terraform-check: .venv-checkov/installed ## Terraform: format, every module and example against the providers' schemas, checkov
	@terraform/check

runners-check: $(VENV)/installed-dev $(VENV)/compiled ## the jobs on Prism (built with Go) and, where its jar is named, on Flink: docs/runners.md
	@$(BIN)/python -m local.prism
	@NEURAL_ENGINE_RUNNERS=1 $(BIN)/python -m pytest -q -m runners tests/pipelines $(ARGS)

image-check: $(VENV)/installed-dev ## a worker of the image's layers, its libraries installed anew: minutes, a gigabyte
	@NEURAL_ENGINE_IMAGE_LIBRARIES=1 $(BIN)/python -m pytest -q tests/image $(ARGS)

clean: ## remove what was made, but not the installed packages
	@rm -rf out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@rm -f $(VENV)/compiled
	@find . -path "./.venv*" -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv too
	@rm -rf $(VENV) $(VENV_BIGQUERY) .venv-checkov .venv-prism

# Each stamp is renewed when its requirements change; pip then installs only what is new.
$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is not Python 3.11 or later; expected one, e.g. make PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "No virtual environment could be made; on Debian and Ubuntu: apt install python3-venv" >&2; \
	  exit 1; }
	@touch $@

$(VENV)/installed-run: requirements.txt constraints.txt $(VENV)/created
	@echo "Installing what runs (the first time about 3 minutes, 1.2 GB) ..." >&2
	@$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed-run
	@echo "Installing what checks ..." >&2
	@$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	@touch $@

$(VENV)/installed-bench: requirements-bench.txt $(VENV)/installed-run
	@echo "Installing what we compare with ..." >&2
	@$(BIN)/python -m pip install --quiet --requirement requirements-bench.txt
	@touch $@

# Not a failure where it cannot be installed: who needs it says what is missing.
$(VENV_BIGQUERY)/checked: requirements-bigquery.txt $(VENV)/installed-run
	@$(BIN)/python -m local.bigquery_environment || true
	@mkdir -p $(@D)
	@touch $@

$(VENV)/compiled: $(VENV)/installed-run $(wildcard transforms/engine/*.py transforms/engine/kernels/*.py schemas/codec*.py)
	@echo "Compiling the engine and the codec (up to a minute, until their sources change) ..." >&2
	@$(BIN)/python -m transforms.compile_kernels
	@touch $@

.venv-checkov/installed: requirements-terraform.txt
	@echo "Installing checkov (a minute) ..." >&2
	@$(PYTHON) -m venv .venv-checkov
	@.venv-checkov/bin/python -m pip install --quiet --requirement requirements-terraform.txt
	@touch $@
