# The few commands of the house. Each builds what it needs.
.DEFAULT_GOAL := help
.PHONY: help venv assets demo test check format bench clean
FROM ?=
ONCE ?=
FACE ?= eeadm
# Compiled modules are kept: what is made here starts hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE
# Test processes at a time; much of a test is waiting for real programs.
WORKERS ?= 3

help: ## What can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

venv: ## The environment, from the hashed lock
	@tools/venv

assets: venv ## Browser assets, from their pinned packages
	@tools/assets

demo: assets ## The main job on real files (FACE=eeadm|scoutam|wlcg, FROM=/some/dir, ONCE=1)
	@.venv/bin/waystation demo --face "$(FACE)" $(if $(FROM),--from "$(FROM)") $(if $(ONCE),--once)

test: assets ## Everything, real components included (installs Debian packages when root)
	@tools/system-packages
	@tools/ansible
	@.venv/bin/lint-imports --no-logo
	@WORKERS=$(WORKERS) tools/tests

check: venv ## Lint, types, import contracts: seconds
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

format: venv ## Let the formatter and the linter mend what they can
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

bench: assets ## Every speed claim with its figure (see benchmarks/README.md)
	@.venv/bin/python -m benchmarks

clean: ## Remove what was built here
	rm -rf .venv .ansible .ansible.lock .demo node_modules
