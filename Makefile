# Everything a person needs: `make run` and `make test`. Tools go, each in its pinned version, into a cache folder of the
# user's, never into the system and never twice.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run dev build checkup package image test audit fuzz soak bench tools browsers pictures compiler

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/baylanys/tools
# cargo-leptos takes the two others from PATH without looking at their versions, so they are put there first.
CARGO_LEPTOS := 0.3.9
WASM_BINDGEN := $(shell awk '/^name = "wasm-bindgen"$$/ { getline; gsub(/version = |"/, ""); print }' Cargo.lock)
BINARYEN := 132.0.0
CARGO_DENY := 0.20.2
CARGO_FUZZ := 0.13.2
LEPTOS_DIR := $(CACHE)/cargo-leptos-$(CARGO_LEPTOS)
BINDGEN_DIR := $(CACHE)/wasm-bindgen-$(WASM_BINDGEN)
BINARYEN_DIR := $(CACHE)/binaryen-$(BINARYEN)
DENY_DIR := $(CACHE)/cargo-deny-$(CARGO_DENY)
FUZZ_DIR := $(CACHE)/cargo-fuzz-$(CARGO_FUZZ)
export PATH := $(LEPTOS_DIR)/bin:$(BINDGEN_DIR)/bin:$(DENY_DIR)/bin:$(FUZZ_DIR)/bin:$(BINARYEN_DIR)/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)

# The tools are run a few times, not shipped: compile them fast.
QUICK := CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
IS_ROOT_ON_DEBIAN := [[ $$(id -u) == 0 && -e /etc/debian_version ]]
LOG := target/make-test
SOURCES := app frontend protocol server style public .cargo Cargo.toml Cargo.lock rust-toolchain.toml
LISTEN ?= 127.0.0.1:3000

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build the release and serve it on http://localhost:3000; LISTEN=127.0.0.1:3001, OPTIONS='--tls lan'
	@exec target/release/server --listen $(LISTEN) $(OPTIONS)

dev: tools ## Serve while you work: rebuilds and reloads on every change
	@# In folders of its own, so that it leaves alone what `make run` and `make test` have built.
	CARGO_TARGET_DIR=target/dev LEPTOS_SITE_ROOT=target/dev/site LEPTOS_HASH_FILES=false exec cargo leptos watch

build: tools ## Build the release: server and page
	@# cargo-leptos makes the page anew each time; nothing has to be made while no source has changed and what was built is there.
	page=target/site/pkg/baylanys.$$(sed -n 's/^js: //p' target/release/hash.txt 2> /dev/null || true).js
	if [[ -e target/release/built && -x target/release/server && -e $$page && -z $$(find $(SOURCES) -newer target/release/built -print -quit) ]]; then
		exit
	fi
	mkdir -p target/release
	touch target/release/building
	# Two builds at once would mix their files.
	flock target/build.lock cargo leptos build --release --precompress
	flock target/build.lock $(MAKE) checkup SITE=target/site
	mv target/release/building target/release/built

# The program of the page `/check`, which cargo-leptos knows nothing of: beside the page's own, compressed like it.
checkup:
	@cargo build --quiet --package checkup --target wasm32-unknown-unknown --profile wasm-release --target-dir target/front
	rm -rf $(SITE)/checkup
	wasm-bindgen --target web --no-typescript --out-dir $(SITE)/checkup target/front/wasm32-unknown-unknown/wasm-release/checkup.wasm
	wasm-opt -Oz $(SITE)/checkup/checkup_bg.wasm -o $(SITE)/checkup/checkup_bg.wasm
	for file in $(SITE)/checkup/*; do
		node -e 'const { readFileSync: read, writeFileSync: write } = fs, z = zlib, file = process.argv[1], all = read(file);
			write(file + ".br", z.brotliCompressSync(all)); write(file + ".gz", z.gzipSync(all, { level: 9 }))' $$file
	done

package: build ## Build target/package/baylanys: one program that needs nothing beside it
	@rm -rf target/package/site && mkdir -p target/package
	cp -r target/site target/package/site
	cp target/release/hash.txt target/package/site/hash.txt
	# Of an earlier build nothing is taken along.
	hashes=$$(sed 's/.*: //' target/release/hash.txt)
	find target/package/site/pkg -type f -name "baylanys.*" | grep -vF "$$hashes" | xargs --no-run-if-empty rm
	BAYLANYS_SITE=$$PWD/target/package/site cargo build --quiet --release --package server --features embedded --bin baylanys
	install -s -m 755 target/release/baylanys target/package/baylanys
	ls -l target/package/baylanys

# What a container image holds: the program, the libraries it is linked with, and whom the world trusts.
image: package
	@rm -rf target/package/image target/package/data
	mkdir -p target/package/image/etc/ssl/certs
	mkdir -m 700 target/package/data
	cp target/package/baylanys target/package/image/
	cp --parents --dereference $$(ldd target/package/baylanys | grep -o '/[^ ]*') target/package/image/
	if [[ -e /etc/ssl/certs/ca-certificates.crt ]]; then cp /etc/ssl/certs/ca-certificates.crt target/package/image/etc/ssl/certs/; fi

tools: compiler $(LEPTOS_DIR)/ready $(BINDGEN_DIR)/ready $(BINARYEN_DIR)/ready ## Install what building needs

# All that is missing is said at once.
compiler:
	@complete=1
	need() { command -v "$$1" > /dev/null || { echo "$$1 is missing: $$2" >&2; complete=; }; }
	if ! command -v cc > /dev/null && $(IS_ROOT_ON_DEBIAN); then apt-get update -q && apt-get install -qy build-essential; fi
	need cc 'on Debian and Ubuntu: apt install build-essential'
	need rustup 'install Rust from https://rustup.rs (what a distribution has of Rust is not enough)'
	need npm 'install Node.js 18 or newer, with npm; on Debian and Ubuntu: apt install npm'
	if command -v npm > /dev/null; then $(call node,18,); fi
	[[ -n $$complete ]]
	if ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then rustup target add wasm32-unknown-unknown; fi

# Building needs no newer Node.js than Debian 12 has; Playwright does.
node = node -e 'if (parseInt(process.versions.node) < $(1)) { console.error(`Node.js $${process.version} is too old: $(1) or newer is needed$(2)`); process.exit(1) }'

# `ready` is written last, so that a half-finished installation is not taken for a whole one.
$(LEPTOS_DIR)/ready: | compiler
	$(QUICK) cargo install cargo-leptos --version $(CARGO_LEPTOS) --locked --features no_downloads --root $(LEPTOS_DIR)
	touch $@

$(BINDGEN_DIR)/ready: | compiler
	$(QUICK) cargo install wasm-bindgen-cli --version $(WASM_BINDGEN) --root $(BINDGEN_DIR)
	touch $@

$(BINARYEN_DIR)/ready: | compiler
	mkdir -p $(BINARYEN_DIR)
	npm install --prefix $(BINARYEN_DIR) --no-audit --no-fund binaryen@$(BINARYEN)
	touch $@

$(DENY_DIR)/ready: | compiler
	$(QUICK) cargo install cargo-deny --version $(CARGO_DENY) --locked --root $(DENY_DIR)
	touch $@

$(FUZZ_DIR)/ready: | compiler
	$(QUICK) cargo install cargo-fuzz --version $(CARGO_FUZZ) --locked --root $(FUZZ_DIR)
	touch $@

end2end/node_modules/ready: end2end/package.json end2end/package-lock.json | compiler
	@$(call node,20, by the tests: https://nodejs.org has it)
	cd end2end
	npm ci
	touch node_modules/ready

browsers: end2end/node_modules/ready ## Install the browsers of the tests, their TURN server, proxies, their authority and what makes networks, if missing
	@if $(IS_ROOT_ON_DEBIAN); then
		missing=$$(for package in caddy chromium coturn curl firefox-esr fonts-noto-core iproute2 iptables libnss3-tools nginx openssl pebble procps python3; do
			dpkg-query -Wf '$${Status}' $$package 2> /dev/null | grep -q 'ok installed' || echo $$package; done)
		if [[ -n $$missing ]]; then
			apt-get update -q
			# Debian would start these at once, for everybody; the stories start their own.
			for service in caddy coturn nginx; do
				if [[ $$missing == *$$service* && -d /run/systemd/system ]]; then systemctl mask --quiet $$service.service; fi
			done
			DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing
		fi
	elif [[ ! -x /usr/bin/chromium ]]; then
		cd end2end && npx playwright install chromium
	fi

test: ## Format, lints, tests, the release front end, the end-to-end stories
	@rm -rf $(LOG) && mkdir -p $(LOG)
	started=$$SECONDS
	finish() {
		code=$$?
		echo
		echo 'Steps:'
		cat $(LOG)/steps 2> /dev/null || true
		printf '  %-42s %s s\n' together $$((SECONDS - started))
		# Everything that was counted: native tests ("N passed; N failed; N ignored") and stories ("N passed, N failed, N skipped").
		cat $(LOG)/*.log 2> /dev/null | awk -v code=$$code '
			/^test result: / { passed += $$4; failed += $$6; skipped += $$8 }
			/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$$/ { passed += $$1; failed += $$3; skipped += $$5 }
			END { if (code != 0 && failed == 0) failed = 1; printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
	}
	trap finish EXIT
	step() {
		local name=$$1 begun=$$SECONDS; shift
		echo "== $$name"
		if "$$@" 2>&1 | tee "$(LOG)/$${name//[^a-z0-9]/-}.log"; then
			printf '  %-42s %s s\n' "$$name" $$((SECONDS - begun)) | tee -a $(LOG)/steps
		else
			printf '  %-42s %s s, FAILED\n' "$$name" $$((SECONDS - begun)) | tee -a $(LOG)/steps
			exit 1
		fi
	}
	step 'tools' $(MAKE) tools
	step 'browsers' $(MAKE) browsers
	step 'format' cargo fmt --all --check
	step 'lints, native' cargo clippy --workspace --exclude frontend --exclude web --exclude checkup --all-targets -- -D warnings
	step 'lints, protocol with its faults' cargo clippy -p protocol --features faults --all-targets -- -D warnings
	step 'lints, browser' cargo clippy -p frontend -p checkup -p web -p app --features app/hydrate --target wasm32-unknown-unknown -- -D warnings
	step 'dependencies' $(MAKE) audit
	step 'native tests' cargo test --workspace --exclude frontend --exclude checkup --exclude web --exclude protocol
	step 'protocol, its simulation and faults' cargo test --release -p protocol --features faults
	step 'release build' $(MAKE) build
	step 'the one program' $(MAKE) image
	step 'end-to-end stories' npm --prefix end2end test --silent

end2end/bench/node_modules/ready: end2end/bench/package.json end2end/bench/package-lock.json | compiler
	cd end2end/bench && npm ci
	touch node_modules/ready

bench: build browsers end2end/bench/node_modules/ready ## Measure how fast it is, beside PeerJS: ONLY=row,… ROUNDS=15 MINUTES=2
	@cargo build --quiet --release --package server --example load
	ONLY='$(ONLY)' ROUNDS='$(ROUNDS)' MINUTES='$(MINUTES)' node end2end/bench/run.js

audit: $(DENY_DIR)/ready ## Hold the dependencies against deny.toml: sources, licences, versions, known weaknesses
	@cargo deny --workspace check bans licenses sources
	@# The list of weaknesses is on the network, and a test must not wait for a network that is not there.
	if timeout 60 cargo deny fetch db 2> /dev/null; then
		cargo deny --offline --workspace check advisories
	else
		echo 'Known weaknesses were NOT checked: their list cannot be reached from here.'
	fi

fuzz: $(FUZZ_DIR)/ready ## Look for inputs that break the rules: each target for MINUTES=10, or TARGETS="room"; KEEP=1 keeps what is new
	@cd protocol
	# cargo-fuzz wants instrumentation that the stable compiler has, but does not offer.
	export RUSTC_BOOTSTRAP=1
	for target in $(or $(TARGETS),frames room exchange); do
		echo "== $$target"
		found=fuzz/found/$$target kept=fuzz/corpus/$$target met=../target/fuzz/met/$$target
		mkdir -p $$found $$kept $$met
		# What breaks something is written where the tests look for it.
		cargo fuzz run --sanitizer none --target-dir ../target/fuzz $$target $$met $$kept -- -artifact_prefix=$$found/ -max_total_time=$$((60 * $(or $(MINUTES),10))) \
			-max_len=4096 -timeout=10 -print_final_stats=1
		if [[ -n '$(KEEP)' ]]; then cargo fuzz run --sanitizer none --target-dir ../target/fuzz $$target $$kept $$met -- -merge=1 -use_counters=0 -max_len=2048; fi
		rmdir --ignore-fail-on-non-empty $$found
	done

soak: ## Tell the simulation's stories for an hour (MINUTES=…) on every core, each with a seed never used before
	@FROM=$$(date +%s)000000 MINUTES=$(or $(MINUTES),60) cargo test --release -p protocol --test simulation stories_hold -- --nocapture

pictures: build browsers ## Take a picture of every screen into end2end/pictures
	@rm -rf end2end/pictures
	@npm --prefix end2end run --silent pictures
