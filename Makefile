# Calibrant: `make demo` to see it work, `make test` to prove it. Both set up all that they need.
VENV := .venv
PY := $(VENV)/bin/python
.DEFAULT_GOAL := help
.PHONY: help demo test lint format validity bench faults hostile load reference lock clean

help:
	@echo "make demo      build the example study, judge it offline, print the report, serve the app"
	@echo "make test      set up the tests (a browser included) and run the whole suite"
	@echo "make lint      ruff, mypy and the import contracts"
	@echo "make validity  full simulations of intervals and gates (tables go to docs/validity)"
	@echo "make bench     speed as ratios to other packages"
	@echo "make faults    1,000 faults of 20 kinds on both databases, and 267 kills with a real browser"
	@echo "make load      100 simulated raters on one server and on two, then until the machine is full"
	@echo "make hostile   every hostile text by itself, in every renderer, in a real browser"
	@echo "make reference write docs/reference from the code"
	@echo "make lock      resolve the three lock files anew"
	@echo "make clean     remove the virtual environment and the example study"

$(VENV)/.demo: pyproject.toml requirements.lock scripts/make_venv.sh
	@sh scripts/make_venv.sh $(VENV) requirements.lock
	@touch $@

$(VENV)/.dev: pyproject.toml requirements-dev.lock scripts/make_venv.sh
	@sh scripts/make_venv.sh $(VENV) requirements-dev.lock
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo
	@$(PY) -m annotate_app.cli demo $(DEMO_FLAGS)

test: $(VENV)/.dev
	@$(PY) scripts/find_browser.py --install
	@$(PY) -m pytest -n auto --dist loadgroup $(TEST_FLAGS)

lint: $(VENV)/.dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

format: $(VENV)/.dev
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

validity: $(VENV)/.dev
	@CALIBRANT_VALIDITY=full $(PY) -m pytest -m validity -n auto tests/validity -s

bench: $(VENV)/.dev
	@$(PY) -m benchmarks

faults: $(VENV)/.dev
	@$(PY) -m benchmarks.faults --write
	@CALIBRANT_KILLS=$${CALIBRANT_KILLS:-200} CALIBRANT_KILLS_TABLE=docs/validity/faults.md $(PY) -m pytest tests/journeys/test_desk_kills.py tests/journeys/test_desk_faults.py -q

load: $(VENV)/.dev
	@$(PY) -m benchmarks.load --write

hostile: $(VENV)/.dev
	@$(PY) scripts/find_browser.py --install
	@CALIBRANT_HOSTILE=full $(PY) -m pytest tests/journeys/test_hostile_pages.py tests/journeys/test_hostile_items.py -q

reference: $(VENV)/.dev
	@$(PY) scripts/write_reference.py

lock: $(VENV)/.dev
	@sh scripts/lock.sh $(PY)

clean:
	@rm -rf $(VENV) demo-study
