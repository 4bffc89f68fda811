#!/usr/bin/env bash
# Kills feltbokctl at random moments of its work and checks after each kill that nothing is lost, mixed up or half
# done: kill.sh [KILLS] [SEED]. With 1000 kills or more the result is written to docs/measurements/kill.md.
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-1000}
seed=${2:-20261122}
report=
if [ "$kills" -ge 1000 ]; then
	mkdir -p docs/measurements
	report=$PWD/docs/measurements/kill.md
fi
CGO_ENABLED=0 FELTBOK_KILLS=$kills FELTBOK_KILL_SEED=$seed FELTBOK_KILL_REPORT=${FELTBOK_KILL_REPORT:-$report} \
	go test -tags ci -count 1 -timeout 4h -v -run '^TestKill$' ./cmd/feltbokctl
