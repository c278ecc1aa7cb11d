# make demo    the tour on the shipped example        make check   lint, warnings, limits, links
# make test    every test                             make wild    the models that others saved
# make bench   the table of Documentation/Performance.md    make fuzz   the readers, by libFuzzer
.POSIX:
.SUFFIXES:

# Debian packages that the build needs. setup installs those that are missing, and nothing when none is.
LIBRARIES = libsqlite3-dev libssl-dev libhdf5-dev libisal-dev libseccomp-dev zlib1g-dev libzstd-dev pkg-config

# check and test build with the same flags, so that nothing is compiled twice.
STRICT = --explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors
RELEASE = -c release --static-swift-stdlib --product registry
DEBUG_BINARY = $(CURDIR)/.build/debug/registry
RELEASE_BINARY = $(CURDIR)/.build/release/registry

PYTHON = .venv/bin/python
PYTEST_FLAGS = -q
BENCH =

# make wild: a folder of models with MANIFEST.tsv and oracle/, the kinds to hold the program against, and the
# export columns to try as well.
MODELS = ../shared/wild
WILD = ../shared/tools/wild.py
KINDS = h5 h5weights keras ckpt savedmodel
EXPORTS = none
# Models that must be refused, by a part of their id, and what the program has to say.
REFUSED = evil_keras=model.weights.npz -checkpoint=checkpoint.index,

all: build

setup:
	@missing=; for package in $(LIBRARIES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	test -z "$$missing" || Tests/Checks/install.sh $$missing
	@command -v swift >/dev/null || { echo 'Swift 6.1 or newer is needed, and not in PATH.' >&2; exit 1; }

build: setup
	swift build $(RELEASE)

demo: build
	@Examples/digits/tour.sh $(RELEASE_BINARY)
	@Examples/formats/tour.sh $(RELEASE_BINARY)

# A venv with exactly the packages of requirements.txt (all of them are listed, so nothing is resolved).
venv: .venv/made
.venv/made: Tests/Interop/requirements.txt
	@python3 -c 'import ensurepip, venv' 2>/dev/null || Tests/Checks/install.sh python3 python3-venv
	@rm -rf .venv
	@python3 -m venv .venv 2>/dev/null || /usr/bin/python3 -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r Tests/Interop/requirements.txt
	@touch $@

build-tests: setup
	swift build --build-tests $(STRICT)

test: build-tests venv
	swift test --skip-build $(STRICT)
	REGISTRY=$(DEBUG_BINARY) $(PYTHON) -m pytest $(PYTEST_FLAGS) Tests/Interop

check: setup
	swift format lint --strict --recursive --parallel Sources Tests Migrations Package.swift
	python3 Tests/Checks/limits.py
	python3 Tests/Checks/links.py
	swift build --build-tests $(STRICT)

wild: build venv
	@test -f $(WILD) || { echo "make wild: $(WILD) is not here" >&2; exit 1; }
	@rm -rf .build/wild && mkdir -p .build/wild
	@for kind in $(KINDS); do \
	  $(PYTHON) $(WILD) --registry $(RELEASE_BINARY) --corpus $(MODELS) --python $(PYTHON) --kind $$kind \
	    --only $(EXPORTS) --report .build/wild/$$kind.tsv || exit 1; \
	  python3 Tests/Checks/wild_gate.py .build/wild/$$kind.tsv $(REFUSED) || exit 1; \
	done

# The Swift that reads and writes TensorFlow's messages, from our own description of them in Protos.
PROTOBUF = 1.39.0
protos:
	@command -v protoc >/dev/null || Tests/Checks/install.sh protobuf-compiler
	@test -d .build/swift-protobuf || git clone --quiet --branch $(PROTOBUF) \
	  https://github.com/apple/swift-protobuf .build/swift-protobuf
	swift build -c release --package-path .build/swift-protobuf --product protoc-gen-swift
	protoc --plugin=protoc-gen-swift=.build/swift-protobuf/.build/release/protoc-gen-swift \
	  --proto_path=Protos --swift_out=Sources/TensorFlowFormat/Generated \
	  --swift_opt=Visibility=Internal Protos/*.proto

# FUZZ_SECONDS of processor time for each target; FUZZ names some of them (none: all).
FUZZ_SECONDS = 60
FUZZ =
fuzz: setup
	python3 Fuzz/run.py --seconds $(FUZZ_SECONDS) $(FUZZ)

# What `make bench` measures the program beside. What cannot be had here is told in its tables.
peers: .build/peers/made
	-@for program in restic borg casync zstd; do \
	  command -v $$program >/dev/null || { Tests/Checks/install.sh restic borgbackup casync zstd; break; }; \
	done
TORCH = --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu
.build/peers/made: Benchmarks/peers.txt
	@rm -rf .build/peers
	-python3 -m venv .build/peers && cd .build/peers && \
	  bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $(CURDIR)/Benchmarks/peers.txt && \
	  bin/python -m pip install --quiet --disable-pip-version-check --no-deps --retries 1 $(TORCH) && touch made

bench: build venv peers
	swift build -c release --package-path Benchmarks/codec
	$(PYTHON) Benchmarks/bench.py --registry $(RELEASE_BINARY) $(BENCH)

# DocC archives of the public modules, in .build/docs.
docs: setup
	swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members
	Tests/Checks/docs.sh

clean:
	rm -rf .build Examples/digits/work Examples/formats/work Benchmarks/work Benchmarks/codec/.build Fuzz/.build Fuzz/findings

.PHONY: all setup build build-tests demo venv test check wild protos fuzz peers bench docs clean
