#!/usr/bin/env bash
# Measures what saving an answer costs against a plain durable row, on disks that flush more slowly than this one: save.sh [µs ...]
# strace (Debian's package of that name) lets every flush of both wait the given microseconds more. Five runs each.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v strace >/dev/null || { echo "save.sh needs strace" >&2; exit 1; }
[ $# -gt 0 ] || set -- 0 300 900 1900
program=$(mktemp -d)/feltbokctl
trap 'rm -rf "$(dirname "$program")"' EXIT
CGO_ENABLED=0 go build -o "$program" ./cmd/feltbokctl

echo "this disk as it is"
for _ in 1 2 3 4 5; do
	"$program" bench save 2>/dev/null | tail -n 1
done
for wait in "$@"; do
	echo "every flush traced, and $wait µs longer"
	inject=
	[ "$wait" -eq 0 ] || inject="-e inject=fsync,fdatasync:delay_enter=$wait"
	for _ in 1 2 3 4 5; do
		# shellcheck disable=SC2086
		strace -f --seccomp-bpf -o /dev/null -e trace=fsync,fdatasync $inject "$program" bench save 2>/dev/null | tail -n 1
	done
done
