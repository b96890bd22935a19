# Thin on purpose: CMake presets build, scripts/ does the rest.

PREFIX ?= /usr/local
DESTDIR ?=
UNITS ?= no
PRESET ?= asan
TORCH_VERSION ?= 2.13.0
INSTALL_BUILD ?= build/release
ARGS ?=

export TORCH_VERSION

.PHONY: help build run test check fuzz coverage bench install reference format format-check lint clean

help:
	@echo 'make run           build and serve on 127.0.0.1:29500; ARGS="--log-level debug" adds flags'
	@echo 'make test          build with sanitizers and run every test'
	@echo 'make check         the quick part of the tests, for while you work'
	@echo 'make fuzz          fuzz on; ARGS="decoder 600": one target, seconds; FUZZER=afl: AFL++'
	@echo 'make coverage      what the tests execute of src/wire and src/store'
	@echo 'make bench         measure beside PyTorch'"'"'s server; ARGS=--quick to try it'
	@echo 'make build         programs in build/release/bin'
	@echo 'make install       PREFIX=$(PREFIX) DESTDIR=$(DESTDIR); UNITS=yes adds those for systemd'
	@echo 'make reference     the API reference, from the public headers: build/reference/html'
	@echo 'make format        format the C files; make format-check only looks'
	@echo 'make lint          clang-tidy and cppcheck'
	@echo 'make clean         remove build/; .venv/ stays'
	@echo
	@echo 'run, test and the others first install what is missing, from Debian and, for'
	@echo 'the tests, PyTorch $(TORCH_VERSION) (TORCH_VERSION=…) into .venv/.'
	@echo 'PRESET=asan|tsan|debug|coverage chooses the build of test and check.'

build:
	@scripts/install-packages build
	@scripts/build release

run: build
	@build/release/bin/tcpstored --port 29500 $(ARGS)

test:
	@scripts/test $(PRESET)

check:
	@scripts/check $(PRESET)

fuzz:
	@scripts/fuzz $(ARGS)

coverage:
	@scripts/coverage

bench:
	@scripts/bench $(ARGS)

install:
	@scripts/install-packages build
	@cmake --preset release -B $(INSTALL_BUILD) -D CMAKE_INSTALL_PREFIX=$(PREFIX) \
		-D TCPSTORE_UNITS=$(UNITS)
	@cmake --build $(INSTALL_BUILD)
	@DESTDIR=$(DESTDIR) cmake --install $(INSTALL_BUILD)

reference:
	@scripts/reference

format:
	@scripts/format

format-check:
	@scripts/format --check

lint:
	@scripts/lint

clean:
	rm -rf build
