#!/usr/bin/env bash
# Cuts the power of the register's disk: powerloss.sh [images] [seed]. Without arguments 20,000 images, which is what a
# change of the store must pass. Prints a table for each control, in which losses must show, and one for the register, in which
# none may. The seed repeats operations and cut points; keys and nonces are new in each run.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 FELTBOK_POWERCUTS=${1:-20000} FELTBOK_POWERCUTS_SEED=${2:-20261122} FELTBOK_POWERCUTS_CONTROLS=${FELTBOK_POWERCUTS_CONTROLS:-300}

echo "--- the recording disk itself"
go test -tags ci -count=1 ./internal/store/crashdisk
echo "--- faults of the disk at every single call"
go test -tags ci -count=1 -timeout 0 -run '^TestDiskFault_' ./internal/register
echo "--- $FELTBOK_POWERCUTS power losses"
go test -tags ci -count=1 -timeout 0 -v -run '^TestPowerLoss_' ./internal/register
