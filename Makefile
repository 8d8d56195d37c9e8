# The commands of this project; `make` lists them. Needs make and Python 3.11 or newer, nothing else.

SHELL := /bin/sh
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$name >/dev/null 2>&1 && $$name -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$name && break; done)
VENV := .venv
STAMP := $(VENV)/.installed
RUN := $(VENV)/bin/python -m
CHECKED := $(wildcard recruitsmart workers bot config scripts tests)

.DEFAULT_GOAL := help
.PHONY: help run flask test check format migration bench drill clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(STAMP) ## start the whole system here; VERBOSE=1 shows what each process writes
	@exec $(RUN) recruitsmart.local $(if $(VERBOSE),--verbose)

flask: $(STAMP) ## a command against what runs here; ARGS="doctor", or --help for the list
	@$(RUN) recruitsmart.local.command $(if $(ARGS),$(ARGS),--help)

test: $(STAMP) ## run all tests; ARGS="-k booking" picks some
	@$(RUN) tests $(ARGS)

check: $(STAMP) ## format, lint, types and import rules; changes nothing
	$(RUN) ruff format --check $(CHECKED)
	$(RUN) ruff check $(CHECKED)
	$(RUN) mypy
	$(VENV)/bin/lint-imports

format: $(STAMP) ## format and repair what can be repaired
	$(RUN) ruff format $(CHECKED)
	$(RUN) ruff check --fix $(CHECKED)

migration: $(STAMP) ## write a migration from the models; MESSAGE="add city zone"
	@test -n "$(MESSAGE)" || { echo 'Say what it does: make migration MESSAGE="add city zone"'; exit 1; }
	$(RUN) recruitsmart.local.migration "$(MESSAGE)"

bench: $(STAMP) ## measure; JSON lines, then a table; COMPARE=file sets an earlier run beside it
	@COMPARE=$(COMPARE) $(RUN) tests.benchmarks $(ARGS)

drill: $(STAMP) ## break one thing after the other while people apply; prints what was kept
	@$(RUN) tests.drill

clean: ## remove the virtual environment and caches; data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip says nothing for about a minute: a dot each second shows that it lives.
$(STAMP): requirements.txt
	@test -n "$(PYTHON)" || { echo "RecruitSmart needs Python 3.11 or newer, and none was found." \
		"Install it, or name it: make run PYTHON=/path/to/python3.12"; exit 1; }
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is older than Python 3.11."; exit 1; }
	@test -x $(VENV)/bin/python || "$(PYTHON)" -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
		echo "Python cannot make a virtual environment here. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@printf 'Installing what requirements.txt names (about a minute, once) '
	@$(RUN) pip install --disable-pip-version-check --quiet -r requirements.txt >$(VENV)/install.log 2>&1 & pip=$$!; \
	trap 'kill $$pip 2>/dev/null; echo; exit 130' INT TERM; \
	while kill -0 $$pip 2>/dev/null; do printf .; sleep 1; done; \
	if wait $$pip; then echo ' done'; else \
		echo; tail -n 5 $(VENV)/install.log; echo "The installation failed; all of it is in $(VENV)/install.log."; exit 1; fi
	@touch $@
