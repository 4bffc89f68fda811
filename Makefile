# Feltbok. `make help` lists the commands; README.md says what the program is.
#
# Two commands are enough on a fresh Debian-like machine with Go: `make run` and `make test`. Each installs the system
# packages that it needs, when they are missing and it may.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
FUZZTIME ?= 30s
DEMO ?= build/demo

# The window needs cgo and a C compiler, all else does not. The tag migrated_fynedo says that only the event goroutine
# touches the window, which spares Fyne a check on every draw; FyneApp.toml says the same to the packaging tool.
APP_TAGS := migrated_fynedo
GO_BUILD := $(GO) build -trimpath -buildvcs=false

# Where Go can erase what keys leave behind, the programs are built so (internal/secret); all else works the same without it.
SECRET_TARGETS := linux/amd64 linux/arm64
EXPERIMENT = $(if $(filter $(SECRET_TARGETS),$(shell $(GO) env GOOS)/$(shell $(GO) env GOARCH)),runtimesecret)

# Tests run headless: the tag ci makes Fyne draw in memory with the same fonts on every machine, and needs no cgo.
# What a passphrase costs is a small share there of what it costs in a released program (internal/vault/kdf_spent_ci.go).
GO_TEST := CGO_ENABLED=0 $(GO) test -tags ci -timeout 20m

# What building the window needs, what driving it in tests needs, and what the file formats are checked with.
PACKAGES_BUILD := gcc libc6-dev pkg-config libgl1-mesa-dev xorg-dev libwayland-dev libxkbcommon-dev
PACKAGES_TEST := dbus-daemon jq openssh-client openssl poppler-utils sqlite3
PACKAGES_SMOKE := xvfb xdotool imagemagick libfaketime x11-utils xauth

# Programs that travel with nothing but themselves: feltbokctl for these systems, without a C compiler.
CROSS := linux/amd64 linux/arm64 windows/amd64 darwin/arm64

.PHONY: help run test build app ctl courier android bench screens lint fuzz race smoke evaluator auditor recovery powerloss kill simulate thorough cross tools setup setup-build setup-test setup-smoke clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ctl ## build and open the app on a demo mission of invented people
	@if [ -z "$${DISPLAY:-}" ] && [ -z "$${WAYLAND_DISPLAY:-}" ]; then \
		echo "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so the demo runs without a window."; \
		rm -rf $(DEMO); \
		build/feltbokctl demo --dir $(DEMO); \
		echo "The demo is in $(DEMO). Start a desktop session and run this again to open the app on it."; \
	else \
		$(MAKE) --no-print-directory app; \
		[ -f $(DEMO)/complete ] || { rm -rf $(DEMO); build/feltbokctl demo --dir $(DEMO); touch $(DEMO)/complete; }; \
		echo "Passphrases of the invented users are in $(DEMO)/passphrases/."; \
		build/feltbok --workspace $(DEMO)/laptop-a; \
	fi

test: setup-test ## run all tests that need no window system
	$(GO_TEST) ./...
	CGO_ENABLED=0 $(GO) test -run KDF ./internal/vault # what a passphrase costs in a released program
	cd cmd/feltbok-courier && $(GO_TEST) ./...

build: app ctl ## build build/feltbok (the app) and build/feltbokctl (the command line)

app: setup-build
	GOEXPERIMENT=$(EXPERIMENT) CGO_ENABLED=1 $(GO_BUILD) -tags $(APP_TAGS) -o build/feltbok ./cmd/feltbok

ctl:
	GOEXPERIMENT=$(EXPERIMENT) CGO_ENABLED=0 $(GO_BUILD) -o build/feltbokctl ./cmd/feltbokctl

courier: ## build build/feltbok-courier, which carries sealed files to and from a store that speaks S3
	cd cmd/feltbok-courier && CGO_ENABLED=0 $(GO_BUILD) -tags s3 -o ../../build/feltbok-courier .

android: ## package the app for Android tablets; needs the Android NDK and the program fyne, and says so when one is missing
	@.ci/android.sh

bench: ctl ## print the program's own figures, as ratios to a plain baseline in the same run
	build/feltbokctl bench
	CGO_ENABLED=0 $(GO) test -tags ci -run '^$$' -bench . -benchtime 1s ./internal/... ./sync/...

screens: build setup-test setup-smoke ## drive the real app under Xvfb and write a picture of every place into docs/screens/
	.ci/screens.sh

lint: ## formatting, vet, staticcheck and the rules of internal/arch
	@bad=$$(gofmt -l app assets cmd docs internal sync); if [ -n "$$bad" ]; then echo "gofmt would change:"; echo "$$bad"; exit 1; fi
	@bad=$$($(GO) tool gofumpt -l app assets cmd docs internal sync); if [ -n "$$bad" ]; then echo "gofumpt would change:"; echo "$$bad"; exit 1; fi
	CGO_ENABLED=0 $(GO) vet -tags ci ./...
	CGO_ENABLED=0 $(GO) tool staticcheck -tags ci ./...
	cd cmd/feltbok-courier && CGO_ENABLED=0 $(GO) vet ./...
	$(GO_TEST) ./internal/arch

fuzz: ## run every fuzz test for FUZZTIME (30s)
	.ci/fuzz.sh $(FUZZTIME)

race: setup-build ## run the tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -tags ci -timeout 40m ./...

smoke: build setup-smoke ## start the real window under Xvfb, unlock, kill it, and check that nothing is lost
	.ci/smoke.sh

evaluator: ## compare expressions with an independent engine and take in forms that others published (needs npm)
	.ci/evaluator.sh

auditor: ctl tools setup-test ## open a bundle of the demo with age, tar, ssh-keygen, jq and sha256sum alone
	.ci/auditor.sh

powerloss: ## cut the power of the register's disk 20,000 times and look for what is lost (minutes)
	.ci/powerloss.sh

kill: ## kill feltbokctl 1,000 times in the middle of its work and look for what is lost (minutes)
	.ci/kill.sh

thorough: ## run whole the loops of which 'make test' runs a share: a lock after every keystroke, 400 turned bits of a backup, 400 damaged files, 200 histories of a register (minutes)
	FELTBOK_LOCKS=all $(GO_TEST) -count=1 -run LockAtEveryKeystroke ./app/shell ./app/interview
	FELTBOK_BITS=400 $(GO_TEST) -count=1 -run OneBitAnywhere ./internal/recovery
	FELTBOK_DAMAGED=400 $(GO_TEST) -count=1 -run 'Salvage_RandomDamage|ReplayedIsWhatWasPut|Erase_RandomHistories' ./internal/register -rapid.checks=200

simulate: ## play 10,000 random histories of a mission in memory, and a hundred with files, and look for what is lost (minutes)
	.ci/simulate.sh

recovery: ctl tools setup-test ## open a backup of the demo by the recovery kit with age, sqlite3, jq and openssl alone
	.ci/recovery.sh

cross: ## build feltbokctl for the other systems
	@for target in $(CROSS); do \
		out=build/cross/feltbokctl-$${target%/*}-$${target#*/}; [ "$${target%/*}" != windows ] || out=$$out.exe; \
		experiment=; case " $(SECRET_TARGETS) " in *" $$target "*) experiment=runtimesecret;; esac; \
		echo "$$out"; \
		GOEXPERIMENT=$$experiment CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO_BUILD) -o $$out ./cmd/feltbokctl; \
	done

tools: ## build age, age-keygen and age-plugin-batchpass into build/tools (Debian's age cannot read our keys)
	@mkdir -p build/tools
	CGO_ENABLED=0 $(GO) build -trimpath -o build/tools/ filippo.io/age/cmd/age filippo.io/age/cmd/age-keygen filippo.io/age/cmd/age-plugin-batchpass

setup: setup-build setup-test setup-smoke ## install the Debian packages that are missing

setup-build:
	@.ci/setup.sh $(PACKAGES_BUILD)
setup-test:
	@.ci/setup.sh $(PACKAGES_TEST)
setup-smoke:
	@.ci/setup.sh $(PACKAGES_SMOKE)

clean: ## remove what was built
	rm -rf build
