#!/usr/bin/env bash
# Drives the real app under Xvfb and writes a picture of every place into docs/screens/, named
# <place>-<language>-<light|dark>-<WxH>[-<text size>].png.
#
#   screens.sh [PLACE…]         all places, or those named
#
# Laptops are shown in the middle of a mission, with an interview begun; headquarters after both laptops have sent theirs. Two
# copies of a laptop are shown before unlocking: one under travel lock, one of whose register a row is missing.
# Both demos are made once, in the folder for temporary files.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/window.sh
. .ci/begun.sh

# Outside the project, so that no picture shows where somebody keeps it.
DEMO=${TMPDIR:-/tmp}/feltbok-screens
OUT=docs/screens

# Place, workspace, user, flag --screen, keys pressed after unlocking. The user "pin" chooses a PIN for the cover as well, "refused"
# types a passphrase that opens nothing.
PLACES="
unlock        field/laptop-a -        today     -
unlock-travel-locked field/locked - today -
unlock-damaged field/damaged refused  today     -
today         field/laptop-a laptop-a today     -
schedule      field/laptop-a laptop-a schedule  -
caseload      field/laptop-a laptop-a caseload  -
casefile      field/laptop-a laptop-a caseload  Down,Return
relations     field/laptop-a laptop-a caseload  Down,Return,alt+2
interview     field/laptop-a laptop-a interview -
turned        field/laptop-a laptop-a interview alt+t
review        office/hq      hq       review    -
exchange      field/laptop-a laptop-a exchange  -
travel        field/laptop-a laptop-a travel    -
settings      field/laptop-a laptop-a settings  -
settings-users field/laptop-a laptop-a settings Tab,Tab,Tab,Tab,Tab,Tab,Tab,Tab,Tab,Tab,Return
cover         field/laptop-a pin      today     ctrl+l
inbox         office/hq      hq       inbox     -
conflicts     office/hq      hq       conflicts -
board         office/hq      hq       exchange  -
roster        office/hq      hq       roster    -
machines      office/hq      hq       machines  alt+2
deletion      office/hq      hq       erasure   -
"
# Language, theme, size, text size in percent, and the workspaces that are shown so: all, or those of the field, which are carried about.
LOOKS=(
	"nb light 1280x800 100 ."
	"nb dark 1280x800 100 ."
	"nb light 1024x600 100 ."
	"nb dark 1024x600 100 ."
	"nb light 800x1280 100 field"
	"nn light 1024x600 200 field"
)

wanted=" $* "
if [ ! -f "$DEMO/complete" ]; then
	rm -rf "$DEMO"
	build/feltbokctl demo --dir "$DEMO/field" --cases 40 --seed 7 --fill some
	build/feltbokctl demo --dir "$DEMO/office" --cases 40 --seed 7
	begin_interview "$DEMO/field"
	touch "$DEMO/complete"
fi
if [ ! -f "$DEMO/states" ]; then
	rm -rf "$DEMO/field/locked" "$DEMO/field/damaged"
	cp -r "$DEMO/field/laptop-a" "$DEMO/field/locked"
	build/feltbokctl vault travel-lock --workspace "$DEMO/field/locked" --passphrase-file "$DEMO/field/passphrases/laptop-a.txt" --yes >/dev/null
	cp -r "$DEMO/field/laptop-a" "$DEMO/field/damaged"
	sqlite3 "$DEMO/field/damaged/vault.db" 'delete from object where row_id = (select max(row_id) from object where compartment = 2)'
	touch "$DEMO/states"
fi
mkdir -p "$OUT"
made=0 missed=()
for look in "${LOOKS[@]}"; do
	read -r lang theme size scale whose <<<"$look"
	window_begin "$size"
	while read -r place workspace user screen keys; do
		[[ -n $place && $workspace =~ $whose ]] || continue
		[ $# -eq 0 ] || [[ $wanted == *" $place "* ]] || continue
		name=$place-$lang-$theme-$size.png
		[ "$scale" = 100 ] || name=$place-$lang-$theme-$size-$scale.png
		app_start --workspace "$DEMO/$workspace" --lang "$lang" --theme "$theme" --text-scale "$scale" --size "$size" --screen "$screen"
		if ! app_wait 60; then missed+=("$name"); app_kill; continue; fi
		if [ "$user" != - ]; then
			who=${user/pin/laptop-a}
			secret=$DEMO/${workspace%/*}/passphrases/${who/refused/laptop-a}.txt
			before=$(app_picture)
			if [ "$user" = pin ]; then app_words "$secret"; app_key Tab; xdotool type --window "$app_window" 135790; app_key Return; else app_type "$secret"; fi
			if [ "$user" = refused ]; then
				app_changed 20 "$before" || true # the dots of the passphrase
				sleep 4                          # the keys take their time, then the page says what is wrong
				app_settle
			elif ! app_unlocked 90; then missed+=("$name"); app_kill; continue; fi
			if [ "$keys" != - ]; then
				sleep 1
				for key in ${keys//,/ }; do app_key "$key"; app_settle; done
				sleep 1
				app_settle
			fi
		fi
		app_shot "$OUT/$name"
		app_kill
		made=$((made + 1))
		echo "$OUT/$name"
	done <<<"$PLACES"
	window_end
done
echo "$made pictures in $OUT"
if [ ${#missed[@]} -gt 0 ]; then
	echo "not shown: ${missed[*]}" >&2
	exit 1
fi
