#!/usr/bin/env bash
# Kills the real window while somebody types in it, at random moments, and looks at what is left: at most the last second
# may be missing, it must stand in the field it was typed in, and the interview must open there again.
#
#   typing.sh            ROUNDS=4 says how often; sourced helpers are in window.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/window.sh
. .ci/begun.sh

DEMO=build/typing
WORKSPACE=$DEMO/laptop-a
SECRET=$DEMO/passphrases/laptop-a.txt
ROUNDS=${ROUNDS:-4}
TEXT="kaller seg helst ved fornavnet og vil at alle andre ogsaa gjor det her i leiren fordi det er slik hun er vant til fra for"

ctl() {
	local words
	read -ra words <<<"$1"
	shift
	build/feltbokctl "${words[@]}" --workspace "$WORKSPACE" --passphrase-file "$SECRET" "$@"
}
fail() { echo "typing: $*" >&2; exit 1; }
value() { ctl "record show" "$person" --json | jq -r '.set.name_called | if type == "object" then .value else . end'; }

rm -rf "$DEMO"
build/feltbokctl demo --dir "$DEMO" --cases 4 --fill none >/dev/null
begin_interview "$DEMO"

begun="Hun "
# typist FILE: presses one key after the other and notes when.
typist() {
	local i
	for i in $(seq 0 $((${#TEXT} - 1))); do
		xdotool type --window "$app_window" --delay 0 "${TEXT:i:1}" || return 0
		now_ms >>"$1"
		sleep 0.07
	done
}
now_ms() { echo $(($(date +%s%N) / 1000000)); }
for round in $(seq "$ROUNDS"); do
	window_begin 1280x800
	app_start --workspace "$WORKSPACE" --lang nb --size 1280x800 --screen interview
	app_wait 60
	app_type "$SECRET"
	app_unlocked 90
	before=$begun
	xdotool key --window "$app_window" End
	sleep 0.3
	typist "$DEMO/keys-$round" &
	typist=$!
	sleep "$(awk -v r="$RANDOM" 'BEGIN { printf "%.3f", 3 + 5 * r / 32768 }')"
	killed=$(now_ms)
	app_kill
	kill "$typist" 2>/dev/null || true
	wait "$typist" 2>/dev/null || true
	window_end
	saved=$(value)
	ctl "vault check" >/dev/null || fail "round $round: the register is not whole"
	case $saved in "$before"*) ;; *) fail "round $round: what stood there before is gone" ;; esac
	typed=${saved#"$before"}
	case $TEXT in "$typed"*) ;; *) fail "round $round: the field holds something else than what was typed" ;; esac
	pressed=$(awk -v k="$killed" '$1 <= k { n++ } END { print n + 0 }' "$DEMO/keys-$round")
	least=$(awk -v k="$killed" '$1 <= k - 1000 { n++ } END { print n + 0 }' "$DEMO/keys-$round")
	# A space at the end of what was taken is not stored.
	while [ "$least" -gt 0 ] && [ "${TEXT:least-1:1}" = " " ]; do least=$((least - 1)); done
	echo "   round $round: $pressed keys pressed, $least of them a second or more before the end; ${#typed} kept"
	[ "${#typed}" -ge "$least" ] || fail "round $round: more than the last second was lost"
	begun=$saved
done
echo "killed $ROUNDS times while typing; each time the interview opened at the same question and went on"
