# `make run` and `make test` need Python 3.11 or newer and a C compiler; everything else they find or make themselves.

VENV ?= .venv
AREA ?=
STEP ?=
DATA ?=
INSTRUMENT ?=
STRATEGY ?=
REPORT ?=

BIN := $(VENV)/bin
CARGO := tools/with-cargo $(VENV) cargo
SOURCES := $(shell find rust -name '*.rs') Cargo.toml Cargo.lock build.rs pyproject.toml .cargo/config.toml
export PYO3_PYTHON := $(abspath $(BIN)/python)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: run test bench docs lint wheel proof setup lock clean help test-rust test-python test-abi3

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/.core ## trade the built-in market, or a recording: DATA=path [INSTRUMENT=BTCUSDT:0.1:0.001]
	@$(BIN)/quantum run $(if $(STRATEGY),--strategy "$(STRATEGY)") $(if $(REPORT),--report "$(REPORT)") \
		$(if $(DATA),--data "$(DATA)") $(if $(INSTRUMENT),--instrument "$(INSTRUMENT)")

setup: $(VENV)/.core $(VENV)/.dev ## the virtual environment with the core and the developers' tools in it

test: setup lint test-rust test-abi3 test-python ## every check: lint, Rust, other Pythons, Python

lint: setup ## format, clippy, ruff, mypy, stubs against the binary
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --quiet --all-targets -- -D warnings
	$(CARGO) clippy --locked --quiet --all-targets --features python -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy python/quantum
	$(BIN)/python -m mypy.stubtest quantum._core --mypy-config-file pyproject.toml --allowlist tools/stubtest-allow.txt

test-rust: setup
	$(CARGO) test --locked --quiet

test-python: setup
	$(BIN)/python -m pytest

test-abi3: setup
	@tools/test-abi3 $(VENV)

bench: setup ## benchmarks, ours and the peers': AREA=name for one of them
	@tools/bench $(VENV) $(AREA)

docs: setup ## the core's reference, target/doc/quantum_core/index.html; a broken link is an error
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" $(CARGO) doc --locked --quiet --no-deps --document-private-items
	@echo "target/doc/quantum_core/index.html"

wheel: $(VENV)/.run ## a release wheel for x86-64-v3 in dist/, tried in a clean environment without Rust
	@tools/make-wheel $(VENV)

proof: setup ## the long checks: random cases, loom, ThreadSanitizer, Miri: STEP=name for one of them
	@tools/prove $(VENV) $(STEP)

lock: $(VENV)/.made ## new exact versions in tools/requirements-*.txt and Cargo.lock (with Python 3.11)
	@tools/lock $(VENV)

clean: ## everything that was built or downloaded into this folder
	rm -rf $(VENV) target dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	rm -f python/quantum/_core*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@tools/make-venv $(VENV)
	@touch $@

$(VENV)/.run: tools/requirements-run.txt $(VENV)/.made
	@echo "installing what \`make run\` needs into $(VENV)"
	@$(BIN)/python -m pip install --quiet --requirement $<
	@touch $@

$(VENV)/.dev: tools/requirements-dev.txt $(VENV)/.run
	@echo "installing the developers' tools into $(VENV)"
	@$(BIN)/python -m pip install --quiet --requirement $<
	@touch $@

$(VENV)/.core: $(SOURCES) $(VENV)/.run
	@echo "building the native core (about a minute the first time)"
	@VIRTUAL_ENV=$(abspath $(VENV)) tools/with-cargo $(VENV) $(BIN)/maturin develop --release --locked --quiet \
		>$(VENV)/core.log 2>&1 || { cat $(VENV)/core.log; exit 1; }
	@touch $@
