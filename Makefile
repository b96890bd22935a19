# Thin on purpose: CMake presets build, and scripts/ does the rest.

PREFIX ?= /usr/local
DESTDIR ?=
UNITS ?= no
PRESET ?= asan
TORCH_VERSION ?= 2.13.0
RELEASE ?= build/release
FOR ?= build
ARGS ?=

export PREFIX DESTDIR UNITS TORCH_VERSION

# As in make -j deps build.
.NOTPARALLEL:
.PHONY: help deps build run test check fuzz coverage bench install uninstall reference wheel deb \
	test-deb format format-check lint clean

help:
	@echo 'make run           install what is missing, build, serve on 127.0.0.1:29500;'
	@echo '                   ARGS="--log-level debug" adds flags'
	@echo 'make test          install what is missing, build with sanitizers, run every test;'
	@echo '                   with PyTorch $(TORCH_VERSION) in .venv/: TORCH_VERSION=…, or none'
	@echo 'make deps          install what building needs, or what targets need: FOR="lint fuzz"'
	@echo 'make build         build; programs are in build/release/bin'
	@echo 'make install       install what make build has built: PREFIX=$(PREFIX) DESTDIR=$(DESTDIR);'
	@echo '                   UNITS=yes adds the units for systemd'
	@echo 'make uninstall     remove it, with the same PREFIX and DESTDIR'
	@echo 'make check         run the quick tests, while you work'
	@echo 'make fuzz          fuzz each target for a minute; ARGS="decoder 600": one, for 600 s;'
	@echo '                   FUZZER=afl: under AFL++'
	@echo 'make coverage      measure the test coverage of src/wire and src/store'
	@echo 'make bench         compare with PyTorch'"'"'s server; ARGS=--quick to try it'
	@echo 'make reference     build the API reference: build/reference/html'
	@echo 'make wheel         build the Python package: build/wheel/dist'
	@echo 'make deb           build Debian packages: build/deb'
	@echo 'make test-deb      install, use and purge these packages in a chroot; needs root'
	@echo 'make format        format the C files; make format-check only checks them'
	@echo 'make lint          run clang-tidy and cppcheck'
	@echo 'make clean         remove build/, but not .venv/'
	@echo
	@echo 'Only run, test and deps install packages: Debian packages, and Python packages into'
	@echo '.venv/. All other targets name what is missing.'
	@echo 'PRESET=asan|tsan|debug|coverage selects the build for test and check.'

deps:
	@scripts/deps $(FOR)

build:
	@scripts/deps --check build
	@scripts/build release $(RELEASE)

run:
	@scripts/deps build
	@scripts/build release $(RELEASE)
	@$(RELEASE)/bin/tcpstored --port 29500 $(ARGS)

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
	@scripts/install $(RELEASE)

uninstall:
	@scripts/uninstall $(RELEASE)

reference:
	@scripts/reference

wheel:
	@scripts/wheel

deb:
	@scripts/deb

test-deb:
	@scripts/test-deb

format:
	@scripts/format

format-check:
	@scripts/format --check

lint:
	@scripts/lint

clean:
	rm -rf build
