# make demo     translate, compile and boot the sample drivers
# make test     lint, types, tests
# make bench    what the translation costs, against the parse alone; how fast its storage driver is, against another
# make guide    write docs/porting-guide.md from the rule tables
# make clean    remove all that these made
#
# Each sets up .venv first, once: it needs python3 (3.11 or later) and, for the demo and the tests, a C compiler.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready

.DELETE_ON_ERROR:
.PHONY: demo test check bench guide clean

demo: $(READY)
	@$(PY) -m portkit demo

test: check
	@$(PY) -m pytest

check: $(READY)
	@$(PY) -m ruff check .
	@$(PY) -m mypy

bench: $(READY)
	@$(PY) bench/bench.py
	@$(PY) bench/disks.py

guide: $(READY)
	@$(PY) -m portkit rules guide -o docs/porting-guide.md

# Debian keeps ensurepip in a package of its own (python3-venv): without it, pip is taken from outside.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "make: $(PYTHON) is missing or older than 3.11: install python3, or name another with PYTHON=..." >&2; \
	    exit 1; }
	@rm -rf $(VENV)
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	    echo "setting up $(VENV)"; \
	    $(PYTHON) -m venv $(VENV) && $(PY) -m pip install --quiet -e '.[dev,samples]'; \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then \
	    echo "setting up $(VENV) with the system's pip"; \
	    $(PYTHON) -m venv --without-pip $(VENV) && \
	    $(PYTHON) -m pip --python $(PY) install --quiet -e '.[dev,samples]'; \
	else \
	    echo "make: $(PYTHON) has neither ensurepip nor pip: install them (Debian: apt install python3-venv)" >&2; \
	    exit 1; \
	fi
	@touch $@

clean:
	rm -rf $(VENV) build drivers-out/sample portkit.egg-info .pytest_cache .mypy_cache .ruff_cache
	find portkit tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
