# The front door. CMake does the work; these targets are the ones people need.
.DEFAULT_GOAL := build
CTEST_ARGS ?=
.PHONY: build demo test asan bench bench-dataset bench-int8 bench-train lint format setup clean help

## build   the command, at build/vww (default)
build: setup
	@cmake --preset host >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
	@rm -f build-configure.log
	@cmake --build --preset host

## demo    the whole way on drawn scenes: data, training, int8, C, emulated Cortex-M4, report
demo: build
	@scripts/demo.sh

## test    build and run every test
test: build
	@ctest --preset host --parallel $$(nproc) $(CTEST_ARGS)

## asan    the same tests under the address and undefined-behaviour sanitizers
asan: setup
	cmake --preset asan
	cmake --build --preset asan
	ctest --preset asan --parallel $$(nproc) $(CTEST_ARGS)

## bench   every benchmark, one after the other
bench: build
	@scripts/bench.sh

## bench-int8  int8 images per second on one core, beside LiteRT with XNNPACK where that is installed
bench-int8: build
	@scripts/bench-int8.sh

## bench-train  training steps, beside PyTorch where that is installed
bench-train: build
	@bench/bench_train.sh

## bench-dataset  the data set's speed beside Python with Pillow and beside cp -r
bench-dataset: build
	@bench/dataset.sh

## lint    formatting, include order, static analysis
lint: build
	@scripts/setup.sh --lint
	@scripts/lint.sh

## format  rewrite the sources in the project's format
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

## setup   install the Debian packages that are missing
setup:
	@scripts/setup.sh

## clean   remove everything that was built
clean:
	rm -rf build build-asan demo

## help    this list
help:
	@sed -n 's/^## /  make /p' Makefile
