# Everything starts from a machine with Python 3.11 or newer, pip and make; each target sets up
# what it needs. `make run` opens the window on the bundled demo, `make test` is what CI runs.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name))))
VENV := .venv
ENGINE := .venv-engine
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet --quiet \
	--no-compile --constraint packaging/constraints.txt
DISPLAY_RUN := xvfb-run --auto-servernum --server-args="-screen 0 1920x1200x24" \
	env QT_QPA_PLATFORM=xcb

.PHONY: help setup run demo test lint engine-tests window-tests display-tests screenshots \
	benchmark wheel bundle clean

help:
	@echo "make run          open the window on the bundled demo"
	@echo "make test         lint, types, import contracts and all tests"
	@echo "make demo         adapt to the bundled demo without a display, into out/demo"
	@echo "make setup        only prepare the environment in $(VENV)"
	@echo "make lint         style, types and import contracts"
	@echo "make screenshots  render every station into docs/images"
	@echo "make benchmark    measure accuracy, budgets and speed into benchmarks/results"
	@echo "make wheel        build the package with its backbones into dist"
	@echo "make bundle       build and try a folder in dist that runs without Python"
	@echo "make clean        remove environments, caches and outputs"

setup: $(VENV)/.installed

# torch comes first and alone: with it in place no other package can pull in another build of it.
$(VENV)/.installed: pyproject.toml packaging/constraints.txt packaging/system_libraries.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with make PYTHON=..."; exit 1; }
	PYTHON=$(PYTHON) packaging/system_libraries.sh run
	@echo "Preparing $(VENV): about 2 GB are installed, once, in a few minutes"
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch==2.13.0
	$(PIP) --editable ".[gui,speech,dev]"
	touch $@

$(VENV)/.test-libraries: $(VENV)/.installed
	packaging/system_libraries.sh test
	touch $@

$(ENGINE)/.linked: $(VENV)/.installed packaging/engine_environment.py
	$(VENV)/bin/python packaging/engine_environment.py $(ENGINE)
	touch $@

run: setup
	$(VENV)/bin/python -m workbench --demo

demo: setup
	$(VENV)/bin/python -m workbench demo --out out/demo

test: lint engine-tests window-tests display-tests

lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy benchmarks
	$(VENV)/bin/mypy docs
	$(VENV)/bin/lint-imports

engine-tests: $(VENV)/.test-libraries $(ENGINE)/.linked
	$(ENGINE)/bin/python -m pytest -m "not gui and not display" -n auto

window-tests: $(VENV)/.test-libraries
	QT_QPA_PLATFORM=offscreen $(VENV)/bin/python -m pytest -m "gui and not display" -n auto

display-tests: $(VENV)/.test-libraries
	$(DISPLAY_RUN) $(VENV)/bin/python -m pytest -m display

screenshots: $(VENV)/.test-libraries
	$(DISPLAY_RUN) $(VENV)/bin/python -m docs.make_screenshots
	$(DISPLAY_RUN) $(VENV)/bin/python -m docs.make_several_screenshots
	$(DISPLAY_RUN) $(VENV)/bin/python -m docs.make_picture_screenshots

benchmark: $(VENV)/.test-libraries
	$(VENV)/bin/python benchmarks/adaptation.py --seeds 3
	$(VENV)/bin/python benchmarks/controllability.py \
		--runs out/benchmarks/bcresnet3.multilingual-*/english-12/*-epochs/seed0
	$(VENV)/bin/python benchmarks/adaptation.py --backbone bcresnet8.multilingual --epochs 3 \
		--tasks english-12 arabic-40
	$(VENV)/bin/python benchmarks/adaptation.py --backbone res15.multilingual --epochs 3 --bfloat16 \
		--tasks english-12 arabic-40
	$(VENV)/bin/python -m docs.make_method_pages
	$(VENV)/bin/python benchmarks/exports.py
	$(VENV)/bin/python benchmarks/composing_backbones.py --data ../shared/data/speech/arabic-40 --out out/composing
	$(VENV)/bin/python benchmarks/composing.py --data ../shared/data/speech/arabic-40 --backbones out/composing
	$(VENV)/bin/python benchmarks/composing_pictures.py
	$(VENV)/bin/python benchmarks/bank.py
	$(VENV)/bin/python benchmarks/together.py
	$(VENV)/bin/python benchmarks/five_tasks.py
	$(VENV)/bin/python benchmarks/task_adapter_step.py
	$(VENV)/bin/python benchmarks/speed.py
	$(VENV)/bin/python benchmarks/pictures.py
	test -e out/models/mobilenet_v2.imagenet || $(VENV)/bin/workbench backbones import \
		../shared/data/weights/mobilenet_v2.imagenet.pth --out out/models/mobilenet_v2.imagenet
	for side in 96 160; do $(VENV)/bin/python benchmarks/adaptation.py --backbone out/models/mobilenet_v2.imagenet \
		--tasks sign-digits --picture-px $$side --seeds 3 --epochs 6 || exit 1; done
	$(VENV)/bin/python benchmarks/adaptation.py --backbone lenet5_small.mnist --tasks mnist --seeds 3 --epochs 6
	$(VENV)/bin/python benchmarks/resolutions.py --backbone out/models/mobilenet_v2.imagenet
	$(DISPLAY_RUN) $(VENV)/bin/python -m benchmarks.lateness
	$(VENV)/bin/python benchmarks/report.py

# What an earlier build left would be packed again.
wheel: setup
	rm -rf build
	$(VENV)/bin/python -m pip wheel . --no-deps --no-build-isolation --wheel-dir dist

bundle: setup
	$(PIP) pyinstaller
	$(VENV)/bin/pyinstaller --noconfirm packaging/workbench.spec
	$(VENV)/bin/python packaging/smoke.py dist/workbench/workbench

clean:
	rm -rf $(VENV) $(ENGINE) build dist out *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
