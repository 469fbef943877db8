# Everything happens in .venv, which make creates; nothing else on the machine is touched.
# The versions installed are those of constraints/, each checked against its hash.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTHONS := python3.13 python3.12 python3.11 python3.14 python3 python
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

.PHONY: help demo test test-science lint types format docs pictures bench bench-methods constraints clean

help:
	@echo "make demo         a realistic shop, from raw files to the report, in ./demo"
	@echo "make test         every test (five minutes or less)"
	@echo "make test-science the long simulations behind docs/method/"
	@echo "make lint         the house style"
	@echo "make types        the types"
	@echo "make format       put the code in the house style"
	@echo "make docs         the reference of the plan, from its models"
	@echo "make pictures     the pictures of the first pages, from the demo's report (needs Chromium)"
	@echo "make bench        time Vitrail beside hand-written SQL and pandas"
	@echo "make bench-methods  the same for clusters, cohorts, validation and lifetime value"
	@echo "make constraints  choose the newest versions of the libraries again (Python 3.11)"
	@echo "make clean        remove .venv and what the tools left behind"

demo: $(VENV)/runtime.stamp
	@$(BIN)/vitrail demo shop demo

# Tests start many processes: modules stay compiled between them, whatever the shell says.
test: $(VENV)/dev.stamp
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

test-science: $(VENV)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m science tests/science

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/dev.stamp
	$(BIN)/mypy

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/dev.stamp
	$(BIN)/python -m vitrail.plan docs/reference

CHROMIUM := chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
    --hide-scrollbars --virtual-time-budget=4000 --window-size=1180,1290

pictures: demo
	$(CHROMIUM) --screenshot=docs/images/report.png "file://$$PWD/demo/.vitrail/runs/$$(cat demo/.vitrail/latest)/report.en.html"
	$(CHROMIUM) --screenshot=docs/images/report.fr.png "file://$$PWD/demo/.vitrail/runs/$$(cat demo/.vitrail/latest)/report.fr.html"

bench-methods: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.clusters
	$(BIN)/python -m benchmarks.cohorts
	$(BIN)/python -m benchmarks.validation
	$(BIN)/python -m benchmarks.lifetime_value

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks

$(VENV)/python.stamp:
	@for python in $(PYTHONS); do \
	    if $$python -c '$(FITS)' 2>/dev/null; then \
	        echo "Creating $(VENV) with $$($$python --version)"; \
	        $$python -m venv --clear $(VENV) && touch $@; exit; \
	    fi; \
	done; \
	echo "Vitrail needs Python 3.11 or newer, with its venv module (on Debian and Ubuntu: apt install python3-venv)."; \
	echo "None was found among: $(PYTHONS)."; exit 1

$(VENV)/runtime.stamp: $(VENV)/python.stamp pyproject.toml constraints/runtime.txt
	@echo "Installing Vitrail and its libraries in $(VENV) (once, about a minute)"
	@$(PIP) install --require-hashes -r constraints/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/runtime.stamp constraints/dev.txt
	@echo "Installing what the tests need in $(VENV)"
	@$(PIP) install --require-hashes -r constraints/dev.txt
	@touch $@

# The pins are resolved with the oldest Python we support, so that they exist for all the newer ones too.
COMPILE := build/pip-tools/bin/pip-compile --quiet --upgrade --strip-extras --allow-unsafe --generate-hashes \
    --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

constraints:
	python3.11 -m venv --clear build/pip-tools
	build/pip-tools/bin/python -m pip --disable-pip-version-check --quiet install pip-tools
	$(COMPILE) --output-file constraints/runtime.txt pyproject.toml constraints/also.in
	$(COMPILE) --output-file constraints/dev.txt --extra dev --constraint constraints/runtime.txt \
	    pyproject.toml constraints/also.in

clean:
	rm -rf $(VENV) build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
