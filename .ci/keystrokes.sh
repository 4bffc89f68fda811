#!/usr/bin/env bash
# Enters the minimum record of a family of five in the real window, by keyboard alone, and counts the keys: the script of keys is
# keystrokes.txt, which a test plays on the toolkit's test window too. Shift, Ctrl and Alt count as keys.
#
#   keystrokes.sh        needs build/feltbok and build/feltbokctl
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/window.sh

DEMO=build/keystrokes
WORKSPACE=$DEMO/laptop-a
SECRET=$DEMO/passphrases/laptop-a.txt
MOST=900

ctl() {
	local words
	read -ra words <<<"$1"
	shift
	build/feltbokctl "${words[@]}" --workspace "$WORKSPACE" --passphrase-file "$SECRET" "$@"
}
fail() { echo "keystrokes: $*" >&2; exit 1; }

rm -rf "$DEMO"
build/feltbokctl demo --dir "$DEMO" --cases 1 --fill none >/dev/null
mission=$(ctl "record list" --type mission --json | jq -r '.[0].id')
family=$(cat /proc/sys/kernel/random/uuid)
home=$(cat /proc/sys/kernel/random/uuid)
# A case of which nothing is known but its number; it is found by it.
jq -cn --arg c "$family" --arg h "$home" --arg m "$mission" '
	{type: "case", id: $c, set: {unhcr_case_no: "999-24C00009", status: "scheduled", mission: $m}},
	{type: "household", id: $h, case: $c, subject: $c, set: {name: "A"}}' >"$DEMO/family.jsonl"
ctl "record apply" "$DEMO/family.jsonl" >/dev/null

window_begin 1280x800
app_start --workspace "$WORKSPACE" --lang nb --size 1280x800 --screen caseload
app_wait 120
app_type "$SECRET"
app_unlocked 180
xdotool type --window "$app_window" --delay 40 "999-24"
app_settle

pressed=6 # the case was found by its number
while IFS= read -r line; do
	rest=${line#* }
	case $line in
	"type "*)
		xdotool type --window "$app_window" --delay 40 "$rest"
		shifted=${rest//[^A-ZÆØÅ\/?]/}
		pressed=$((pressed + ${#rest} + ${#shifted}))
		;;
	"key "*)
		for key in $rest; do
			pluses=${key//[^+]/}
			pressed=$((pressed + 1 + ${#pluses}))
			xdotool key --window "$app_window" --delay 60 "$key"
			case $key in *+*) app_settle ;; esac
		done
		;;
	esac
	sleep 0.15
done <.ci/keystrokes.txt
app_settle
app_shot "$DEMO/end.png"
app_quit
window_end

count() { ctl "record list" --type "$1" --json | jq --arg c "$family" '[.[] | select(.case == $c)] | length'; }
for expected in person:5 interview:3 literacy:4 child:2 education:2 work:2 dwelling_need:5 health:5; do
	type=${expected%:*}
	have=$(count "$type")
	[ "$have" = "${expected#*:}" ] || fail "$have records of $type, want ${expected#*:}"
done
echo "the minimum record of a family of five took $pressed keystrokes, at most $MOST"
[ "$pressed" -le "$MOST" ] || fail "more than $MOST"
