# `make run` and `make test` need a Swift toolchain and nothing else; what else they use they install.

PORT ?= 3000
FUZZ_SECONDS ?= 30
SIMULATION_SEEDS ?= 4000
SCREENSHOTS ?= .build/screenshots

VERIFY ?= --seed 1 --faults 60

.PHONY: help verify run build release test check format format-check lint layers simulate faults sanitize-thread sanitize-codecs asan fuzz interop page browser examples bench bench-guard clean

help:            ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 20

run:             ## build the chat and run it at http://127.0.0.1:3000
	swift build -c release --product ChatServer
	@exec .build/release/ChatServer --port $(PORT)

build:           ## a debug build of everything
	swift build --build-tests

release:         ## one file that needs nothing: .build/release/ChatServer
	swift build -c release --static-swift-stdlib --product ChatServer -Xlinker --strip-all
	@ls -l .build/release/ChatServer | awk '{ printf "%s %.1f MB\n", $$NF, $$5 / 1e6 }'

# The suites in the folders of pure code: they keep every core busy.
PURE = $(shell grep -rhoE '^struct \w+Tests' $(foreach f,Codec Protocol Deflate Dialects Domain Simulation,$(wildcard Tests/*/$(f))) \
  | cut -d' ' -f2 | paste -sd'|')

# Every other suite of those with real servers, which run one at a time: they are run beside the others.
HALF = \.LiveTests/($(shell grep -rhA6 '^extension LiveTests' Tests | grep -oE '^ +struct \w+' | awk '{ print $$2 }' | sort | awk 'NR % 2' \
  | paste -sd'|'))/

test:            ## every test, against a private redis-server
	@Scripts/install.sh redis-server
	swift build --build-tests
	# What waits for a server or a clock isn't held up by what computes.
	Scripts/test-halves.sh '$(HALF)' --skip '\.($(PURE))/'
	Scripts/test.sh --skip-build --filter '\.($(PURE))/'

check: format-check lint layers page fuzz examples bench-guard sanitize-codecs sanitize-thread simulate faults interop browser ## all that CI checks beyond `make test`

SWIFT = $(foreach p,. Examples Benchmarks Benchmarks/SwiftPeers,$(p)/Package.swift $(p)/Sources) Tests

format:          ## put the sources into shape
	swift format --in-place --recursive --parallel $(SWIFT)

format-check:
	@Scripts/format-check.sh

lint:
	swift format lint --strict --recursive --parallel $(SWIFT)

layers:          ## the arrows between the modules, and the laws a script can see
	@Scripts/layers.sh

examples:        ## EchoServer and RESPDump
	swift build --package-path Examples -Xswiftc -warnings-as-errors

TSAN = --sanitize=thread --scratch-path .build-tsan -Xswiftc -warnings-as-errors
sanitize-thread: ## every test under the Thread Sanitizer, warnings being errors
	@Scripts/install.sh redis-server
	# One at a time: it makes everything so slow that tests in parallel would run into each other's time limits.
	SANITIZER=thread SIMULATION_SEEDS=20 Scripts/test.sh $(TSAN) --no-parallel --skip "WebSocketTests.(Inflater|Deflater)"

asan:            ## every test under the Address Sanitizer
	@Scripts/install.sh redis-server
	# Without the search for leaks: one test takes the descriptors away that it needs, and the test runner leaks itself.
	ASAN_OPTIONS=detect_leaks=0 SANITIZER=address SIMULATION_SEEDS=20 Scripts/test.sh --sanitize=address --no-parallel --scratch-path .build-asan

sanitize-codecs: ## the tests of pure code under the Address Sanitizer
	ASAN_OPTIONS=detect_leaks=0 SANITIZER=address SIMULATION_SEEDS=20 Scripts/test.sh --sanitize=address --no-parallel --scratch-path .build-asan \
	  --filter '\.($(PURE))/'

# Lets verify set the clock of its Redis.
CLOCK_SHIM = .build/clock_shim.so
$(CLOCK_SHIM): Tests/ClockShim/clock_shim.c
	@mkdir -p $(@D)
	$(CC) -O1 -shared -fPIC -Wall -Werror -o $@ $<

verify: $(CLOCK_SHIM) ## faults under load, and a judge: VERIFY="--seed 1 --faults 200"
	@Scripts/install.sh redis-server
	swift build -c release --product ChatServer
	.build/release/ChatServer verify --clock-shim $(CLOCK_SHIM) $(VERIFY)

faults: $(CLOCK_SHIM) ## a minute of `make verify`, with a debug build
	@Scripts/install.sh redis-server
	swift build --product ChatServer
	.build/debug/ChatServer verify --clock-shim $(CLOCK_SHIM) --seed 7 --faults 40 --clients 30

simulate:        ## the simulated room: SIMULATION_SEEDS (4000) schedules
	SIMULATION_SEEDS=$(SIMULATION_SEEDS) Scripts/test.sh --filter Simulation

fuzz:            ## every fuzzer, FUZZ_SECONDS (30) each
	@FUZZ_SECONDS=$(FUZZ_SECONDS) Scripts/fuzz.sh

interop:         ## the servers beside peers nobody here wrote: websockets, aiohttp, redis-py, nginx
	@Scripts/interop.sh

page:            ## the page's scripts without a browser: what is pure in them, under node
	@Scripts/install.sh nodejs:node
	node --test Tests/Page/*.test.js

browser:         ## the page in a real headless Chromium and Firefox; screenshots in .build/screenshots
	@Scripts/install.sh redis-server chromium firefox-esr
	@Scripts/axe.sh
	BROWSER_TESTS=1 SCREENSHOTS=$(abspath $(SCREENSHOTS)) Scripts/test.sh --filter Browser

clean:
	rm -rf .build .build-tsan .build-asan Examples/.build Benchmarks/.build

bench:           ## the servers beside their peers and the limit; QUICK=1: two minutes. Benchmarks/results/results.md
	Benchmarks/bench.sh $(if $(QUICK),--quick,)

bench-guard:     ## are the hot paths as fast as before? Counted instructions; UPDATE=1 keeps the new counts
	@Scripts/install.sh valgrind python3 redis-server
	# The build before may not have seen a file that is new in the library.
	@rm -f Benchmarks/.build/release.yaml
	swift build -c release --package-path Benchmarks -Xswiftc -warnings-as-errors
	swift build -c release --package-path Benchmarks -Xswiftc -warnings-as-errors --product ChatServer
	python3 -B Benchmarks/guard.py $(if $(UPDATE),--update,)
