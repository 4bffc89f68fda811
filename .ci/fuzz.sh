#!/usr/bin/env bash
# Runs every fuzz test of the project for the given time each: fuzz.sh [30s] [package pattern]
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-30s}
pattern=${2:-./...}
export CGO_ENABLED=0

ran=0
for package in $(go list -tags ci "$pattern"); do
	folder=$(go list -tags ci -f '{{.Dir}}' "$package")
	grep -qs '^func Fuzz' "$folder"/*_test.go || continue
	for name in $(go test -tags ci -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "--- $package $name"
		go test -tags ci -run '^$' -fuzz "^$name\$" -fuzzminimizetime 10x -fuzztime "$time" "$package"
		ran=$((ran + 1))
	done
done
echo "$ran fuzz tests ran for $time each without a finding"
[ "$ran" -gt 0 ]
