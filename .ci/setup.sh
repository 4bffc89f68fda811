#!/usr/bin/env bash
# Installs the Debian packages named as arguments, if any is missing. Says what to do where it cannot.
set -euo pipefail
cd "$(dirname "$0")/.."

sentence() { echo "Please install these packages and run the command again: $*" >&2; }

if ! command -v dpkg-query >/dev/null; then
	echo "This is not a Debian-like system, so nothing is installed by itself. If the next step fails, install what" >&2
	echo "corresponds to these Debian packages: $*" >&2
	exit 0
fi

# A stamp for each list holds the state of the package database in which the list was complete: while nothing has been
# installed or removed since, there is nothing to look up.
state=$(cksum /var/lib/dpkg/status)
stamp=build/setup/$(echo "$*" | cksum | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ]; then exit 0; fi

missing=()
for package in "$@"; do
	dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
	if ! command -v apt-get >/dev/null; then sentence "${missing[@]}"; exit 1; fi
	if [ "$(id -u)" = 0 ]; then
		as_root=()
	elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
		as_root=(sudo)
	else
		sentence "${missing[@]}"
		echo "For example: sudo apt-get install ${missing[*]}" >&2
		exit 1
	fi
	echo "Installing ${missing[*]}"
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	if ! "${as_root[@]}" apt-get update >"$log" 2>&1 ||
		! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		sentence "${missing[@]}"
		exit 1
	fi
	state=$(cksum /var/lib/dpkg/status)
fi
mkdir -p build/setup
echo "$state" >"$stamp"
