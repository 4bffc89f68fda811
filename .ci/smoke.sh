#!/usr/bin/env bash
# Starts the real window on a virtual display, unlocks it, kills it, and checks that the register is whole. Then kills the
# command line in the middle of writing, again and again: what it had called saved must be there, and a file of records
# must be there whole or not at all.
#
#   smoke.sh            makes a demo in build/smoke; ROUNDS=8 says how often the command line is killed
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/window.sh

DEMO=build/smoke
WORKSPACE=$DEMO/laptop-a
SECRET=$DEMO/passphrases/${SMOKE_USER:-laptop-a}.txt
ROUNDS=${ROUNDS:-8}
RECORDS=20

# ctl "COMMAND WORDS" ARGUMENT…: options come after the command and before what it works on.
ctl() {
	local words
	read -ra words <<<"$1"
	shift
	build/feltbokctl "${words[@]}" --workspace "$WORKSPACE" --passphrase-file "$SECRET" "$@"
}
fail() { echo "smoke: $*" >&2; exit 1; }

# title_is_silent NAMES: the title begins with the program's name and holds no name of a person.
title_is_silent() {
	local title name
	title=$(xdotool getwindowname "$app_window")
	echo "   title: $title"
	case $title in Feltbok*) ;; *) fail "the title does not begin with Feltbok" ;; esac
	while IFS= read -r name; do
		case $title in *"$name"*) fail "the title holds the name of a person" ;; esac
	done <<<"$1"
}

# unlock NAMES: starts the app, types the passphrase, waits for the first place.
unlock() {
	local locked
	app_start --workspace "$WORKSPACE" --lang nb --size 1280x800
	app_wait 60
	title_is_silent "$1"
	locked=$(app_picture)
	app_type "$SECRET"
	app_changed 90 "$locked"
	title_is_silent "$1"
}

rm -rf "$DEMO"
build/feltbokctl demo --dir "$DEMO" --cases 4 --fill none
persons=$(ctl "record list" --type person --json)
names=$(jq -r '.. | objects | (.given_names?, .family_name?) | if type == "object" then .value else . end | strings | select(length > 2)' <<<"$persons" | sort -u)
[ -n "$names" ] || fail "the demo has no persons"
case_id=$(ctl "record list" --type case --json | jq -r '.[0].id')

echo "== the window opens, unlocks, and is killed"
window_begin 1280x800
unlock "$names"
app_kill
ctl "vault check"
echo "== it opens again and is asked to end"
unlock "$names"
app_quit
window_end
ctl "vault check"

echo "== the command line is killed $ROUNDS times while it writes $RECORDS records"
batch() { # batch FILE: writes RECORDS new persons of the case as JSON lines, and their ids into FILE.ids
	: >"$1"
	: >"$1.ids"
	local i id
	for i in $(seq "$RECORDS"); do
		id=$(cat /proc/sys/kernel/random/uuid)
		echo "$id" >>"$1.ids"
		jq -cn --arg id "$id" --arg case "$case_id" --arg name "Prøve $i" \
			'{type: "person", id: $id, case: $case, set: {given_names: $name}}' >>"$1"
	done
}
batch "$DEMO/first.jsonl"
begin=$(date +%s%N)
ctl "record apply" "$DEMO/first.jsonl" >/dev/null
whole=$((($(date +%s%N) - begin) / 1000000))
killed=0 saved=0
for round in $(seq "$ROUNDS"); do
	file=$DEMO/round-$round.jsonl
	batch "$file"
	ctl "record apply" "$file" >/dev/null &
	pid=$!
	# From a third of the usual time, which unlocking takes, to a little after its end.
	sleep "$(awk -v w="$whole" -v r="$RANDOM" 'BEGIN { printf "%.3f", w / 1000 * (0.33 + 0.75 * r / 32768) }')"
	# The job is a shell that runs the program: end the program itself.
	pkill -9 -P "$pid" 2>/dev/null || kill -9 "$pid" 2>/dev/null || true
	if wait "$pid" 2>/dev/null; then acknowledged=yes; saved=$((saved + 1)); else acknowledged=no; killed=$((killed + 1)); fi
	ctl "vault check" >/dev/null || fail "round $round: the register is not whole"
	there=$(ctl "record list" --type person --case "$case_id" --json | jq -r '.[].id' | sort | comm -12 - <(sort "$file.ids") | wc -l)
	[ "$there" = 0 ] || [ "$there" = "$RECORDS" ] || fail "round $round: $there of $RECORDS records, want all or none"
	[ "$acknowledged" = no ] || [ "$there" = "$RECORDS" ] || fail "round $round: called saved, but not there"
done
echo "   killed $killed times, finished $saved times; nothing lost, nothing half written"

echo "== the window is killed while somebody types"
.ci/typing.sh
