# The one front door: `make run` and `make test` set up all they need, on a machine that has Python 3.11 or newer.
# ARGS= passes arguments on: make run ARGS='--no-follow /var/log/kolla'

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
ARGS ?=
UV := .uv/bin/uv
BIN := .venv/bin
WHEEL_ENV := build/wheel-env
APT := git ca-certificates python3-venv
BENCHES := benchmarks benchmarks.store benchmarks.files benchmarks.forward benchmarks.sinks benchmarks.collect benchmarks.frame.scrape benchmarks.frame.together benchmarks.galera.compare \
    benchmarks.rabbitmq.compare benchmarks.ovs benchmarks.ovs.ports benchmarks.agents benchmarks.probes.kernel \
    benchmarks.probes.rpc benchmarks.probes.checks benchmarks.probes.sidecar benchmarks.webhook.load
# Files of tests run in three processes: on two cores, as two thirds of the time go by waiting for servers.
SIDE_BY_SIDE := -q -n 3 --dist loadfile --no-loadscope-reorder
# What the tests start: real servers, on loopback, as their own processes.
SERVERS := mariadb-server galera-4 mariadb-backup rsync rabbitmq-server openvswitch-switch ovn-central ovn-host prometheus prometheus-alertmanager lnav \
    haproxy memcached libvirt-daemon uwsgi-core uwsgi-plugin-python3 dnsmasq-base chromium
# Who has a mirror has its certificate in the system's list; uv's own list is for machines that have none.
export UV_SYSTEM_CERTS := $(if $(wildcard /etc/ssl/certs/ca-certificates.crt),true,false)
COMPILE := $(UV) pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11

.PHONY: help run test unit lint wheel servers helm bench fuzz docs lock format clean

help:
	@echo 'make run     read the sample logs (or ARGS=/var/log/...), keep, show and follow their events'
	@echo 'make test    everything: style, types, imports, the wheel, all tests with their coverage'
	@echo 'make unit    what needs no servers (three minutes)     make lint    style, types and imports'
	@echo 'make wheel   build, check and try the wheel          make bench   events per CPU second, memory'
	@echo 'make fuzz    feed the parsers with rubbish           make format  let ruff write the style'
	@echo 'make docs    the made parts of the documents         make lock    newest versions into the lock files'
	@echo 'make image   the container image (docs/image.md) make clean   remove what all these have made'

# -- what they do -----------------------------------------------------------------------------------------------------

run: .venv/run.stamp
	@$(BIN)/stratoscope run $(ARGS)

# The summary of pytest is told once more at the end: it is what one looks for there.
test: servers helm lint wheel
	mkdir -p build
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest $(SIDE_BY_SIDE) $(ARGS) | tee build/pytest.txt
	$(BIN)/coverage combine -q
	$(BIN)/coverage report
	@tail -n 1 build/pytest.txt

unit: .venv/test.stamp
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m 'not servers' --ignore tests/acceptance --ignore tests/differential --ignore tests/benchmarks --ignore tests/helm $(ARGS)

lint: .venv/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

servers:
	@tests/servers/install.sh $(SERVERS)

# Two helms, for the tests of the chart.
helm: build/tools/stamp

build/tools/stamp: tests/helm/tools.lock tests/helm/tools.py .venv/test.stamp
	$(BIN)/python -m tests.helm.tools $(UV)
	@touch $@

# Built, looked into, installed where nothing else is, and used there.
wheel: .venv/test.stamp
	rm -rf dist $(WHEEL_ENV)
	$(UV) build -q --wheel --offline
	$(BIN)/check-wheel-contents dist
	$(UV) venv -q --python $(BIN)/python $(WHEEL_ENV)
	$(UV) pip sync -q --python $(WHEEL_ENV) --require-hashes requirements.lock
	$(UV) pip install -q --python $(WHEEL_ENV) --offline --no-deps dist/*.whl
	cd build && ../$(WHEEL_ENV)/bin/stratoscope --version
	cd build && ../$(WHEEL_ENV)/bin/stratoscope export --list | grep ' galera_cluster_verdict{' > /dev/null
	cd build && ../$(WHEEL_ENV)/bin/stratoscope parse -o json ../tests/data/seed.log | grep '"dependency":{"name":"galera"' > /dev/null
	cd build && ../$(WHEEL_ENV)/bin/stratoscope run --no-follow --store ../$(WHEEL_ENV)/events.db 2>&1 | grep 'MOST FREQUENT ERRORS'

# With whichever builder is there. BASE=docker.io/library/debian@sha256:... pins what it is built on.
IMAGE_TOOL ?= $(firstword $(shell command -v podman buildah docker))
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
IMAGE ?= stratoscope:$(VERSION)
image:
	@[ -n "$(IMAGE_TOOL)" ] || { echo 'Please install podman, buildah or docker first' >&2; exit 1; }
	$(IMAGE_TOOL) build -f Containerfile $(if $(BASE),--build-arg BASE=$(BASE)) --build-arg VERSION=$(VERSION) \
	    --build-arg REVISION=$$(git rev-parse HEAD 2> /dev/null || true) -t $(IMAGE) $(ARGS) .

# All take an hour. One of them: make bench BENCHES=benchmarks.galera.compare ARGS=--help
bench: servers .venv/test.stamp
	for bench in $(BENCHES); do echo "## $$bench"; $(BIN)/python -m $$bench $(ARGS); done

# atheris is in no lock file: it takes long to install where it has no wheel, and nothing else needs it.
fuzz: .venv/test.stamp
	$(UV) pip install -q --python .venv 'atheris>=2.3'
	$(BIN)/python -m tests.fuzz.seeds build/corpus
	$(BIN)/python -m tests.fuzz.fuzz_parser $(or $(ARGS),-max_total_time=600) build/corpus

docs: .venv/test.stamp
	$(BIN)/python -m tests.documents.tables
	$(BIN)/python -m tests.helm.schema
	$(BIN)/python -m tests.collectors.fluentbit.cases
	$(BIN)/python -m dashboards.source
	$(BIN)/python -m tests.collectors.sinks.templates
	$(BIN)/python -m tests.stratoscope.backends.cases
	$(BIN)/python -m stratoscope.inject.policies
	$(BIN)/python -m tests.stratoscope.doctor.recorded

format: .venv/test.stamp
	$(BIN)/ruff check --fix-only -q
	$(BIN)/ruff format

# No index is named in them: whoever has a mirror tells pip and uv about it in the usual ways.
lock: $(UV)
	$(COMPILE) -U --group test pyproject.toml -o requirements-dev.lock
	$(COMPILE) -U -c requirements-dev.lock --no-annotate pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .uv build dist .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# -- set-up: each step is done again when its lock file has changed -----------------------------------------------------

$(UV): requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo 'stratoscope needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3' >&2; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2> /dev/null; then \
	    if [ "$$(id -u)" != 0 ]; then echo 'Please install first, as root: apt-get install $(APT)' >&2; exit 1; fi; \
	    apt-get update -q && apt-get install -q -y --no-install-recommends $(APT); \
	fi
	rm -rf .uv
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/pyvenv.cfg: $(UV)
	$(UV) venv -q --allow-existing --python $(PYTHON) .venv
	@touch $@

.venv/run.stamp: requirements.lock pyproject.toml .venv/pyvenv.cfg
	$(UV) pip install -q --python .venv --require-hashes -r requirements.lock
	$(UV) pip install -q --python .venv --offline --no-deps -e .
	@touch $@

.venv/test.stamp: requirements-dev.lock pyproject.toml .venv/pyvenv.cfg
	$(UV) pip sync -q --python .venv --require-hashes requirements-dev.lock
	$(UV) pip install -q --python .venv --offline --no-deps -e .
	@touch .venv/run.stamp $@
