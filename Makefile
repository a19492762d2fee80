# jinpai: `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
T ?= tests
# Tests start many servers and commands: without byte code each would compile the project anew.
unexport PYTHONDONTWRITEBYTECODE
CODE := kernel stewards points cases evaluation rewards api migrations tests bench

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make .venv with the jinpai command in it
	@sh scripts/environment runtime

.PHONY: run
run: setup ## Build the small demo district and serve it on 127.0.0.1:8000 (PORT=8001 for another port)
	@.venv/bin/jinpai demo $(if $(PORT),--port $(PORT))

.PHONY: dev
dev:
	@sh scripts/system-packages
	@sh scripts/environment dev

.PHONY: test
test: dev ## Run every test (T=tests/points for a part), on both databases and in a browser
	@$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(T)

.PHONY: soak
soak: dev ## Run the promises at their full counts (PROMISE=3 for one); hours, resumable
	@$(PY) -m tests.soak $(if $(PROMISE),--promise $(PROMISE))

.PHONY: check
check: dev ## Format, lint, types, imports, dependencies, templates
	@.venv/bin/ruff format --check $(CODE)
	@.venv/bin/ruff check $(CODE)
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/deptry .
	@.venv/bin/djlint --profile jinja --lint --quiet api/templates

.PHONY: fmt
fmt: dev ## Format the code and mend what can be mended
	@.venv/bin/ruff check --fix $(CODE)
	@.venv/bin/ruff format $(CODE)

.PHONY: migrate
migrate: setup ## Bring the configured database to the newest schema
	@.venv/bin/jinpai migrate

.PHONY: bench
bench: dev ## Measure beside bare PostgreSQL and raw SQLite; writes bench/results
	@$(PY) -m bench

.PHONY: screens
screens: dev ## Take the screenshots of docs/screens from the small demo
	@$(PY) -m tests.screens

.PHONY: lock
lock: dev ## Pin the dependencies again (requirements*.txt)
	@.venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --upgrade \
		--no-emit-index-url --no-annotate --no-header --generate-hashes -o requirements.txt
	@.venv/bin/uv pip compile pyproject.toml --quiet --group dev --universal --python-version 3.11 --upgrade \
		--no-emit-index-url --no-annotate --no-header --generate-hashes -o requirements-dev.txt
