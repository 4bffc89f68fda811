#!/usr/bin/env bash
# Drives the real app under Xvfb and writes a picture of every place into docs/screens/, named
# <place>-<language>-<light|dark>-<WxH>[-<text size>].png.
#
#   screens.sh [PLACE…]         all places, or those named; LOOK="nn light 1024x600 200" draws one look only
#   screens.sh --table          prints which place there is in which look, as it stands in docs/screens/README.md
#
# Laptops are shown in the middle of a mission, with an interview begun; headquarters after both laptops have sent theirs. Two
# copies of a laptop are shown before unlocking: one under travel lock, one of whose register a row is missing.
# Both demos are made once, in the folder for temporary files.
set -euo pipefail
shopt -s extglob
cd "$(dirname "$0")/.."
. .ci/window.sh
. .ci/begun.sh
. .ci/shown.sh

# Outside the project, so that no picture shows where somebody keeps it.
DEMO=${TMPDIR:-/tmp}/feltbok-screens
OUT=${OUT:-docs/screens}

# Place, workspace, user, flag --screen, keys pressed after unlocking. The user "pin" chooses a PIN for the cover as well, "refused"
# types a passphrase that opens nothing; "hq:2" is the third of those who share a machine. Of the keys "Tab*4" is four times Tab,
# "=words" types words, in which "+" stands for a space and "@" for the folder of the demo, and "click:-40:108" taps so far from the right
# edge and from the top. Where a narrow window or one with large text needs other keys, they follow: keys|tall|large.
PLACES="
unlock               field/laptop-a -        today     -
unlock-travel-locked field/locked   -        today     -
unlock-damaged       field/damaged  refused  today     -
today                field/laptop-a laptop-a today     -
schedule             field/laptop-a laptop-a schedule  -
caseload             field/laptop-a laptop-a caseload  -
casefile             field/laptop-a laptop-a caseload  Down,Return
scripts              field/laptop-a laptop-a caseload  =200-24-00012,Return,alt+3,shift+Tab|=200-24-00012,Return,alt+3,shift+Tab|=200-24-00012,Return,alt+3,shift+Tab*3
relations            field/laptop-a laptop-a caseload  Down,Return,alt+2
interviews           field/laptop-a laptop-a caseload  Down,Return,alt+3
needs                field/laptop-a laptop-a caseload  Down,Return,alt+4
closed               field/laptop-a laptop-a caseload  Down,Return,alt+4,shift+Tab,Return,Tab,space|Down,Return,alt+4,shift+Tab,Return,Tab,space|Down,Return,alt+4,shift+Tab*3,Return,Tab,space
problems             field/laptop-a laptop-a caseload  =200-24-00012,Return,alt+5
conflicts-of-case    field/laptop-a laptop-a caseload  Down,Return,alt+6
attachments          field/laptop-a laptop-a caseload  Down,Return,alt+7
attachment-add       field/laptop-a laptop-a caseload  Down,Return,alt+7,Return,Tab,Return,=@/files,Return,Tab,End,Return
interview            field/laptop-a laptop-a interview -
interview-pair       field/laptop-a laptop-a interview alt+s
interview-missing    field/laptop-a laptop-a interview alt+g
interview-closed     field/laptop-a laptop-a interview alt+l
interview-end        field/laptop-a laptop-a interview click:-48:108|click:-48:140|click:-80:155
read-back            field/laptop-a laptop-a interview click:-48:108,shift+Tab,Return|click:-48:140,shift+Tab,Return|click:-80:155,shift+Tab,Return
turned               field/laptop-a laptop-a interview alt+t
search               field/laptop-a laptop-a today     slash,=testperson
keys                 field/laptop-a laptop-a today     F1
lists-field          field/laptop-a laptop-a lists     -
exchange             field/laptop-a laptop-a exchange  -
travel               field/laptop-a laptop-a travel    -
settings             field/laptop-a laptop-a settings  -
settings-users       field/laptop-a laptop-a settings  Tab*12,Return|Tab*12,Return|Tab*9,Return
cover                field/laptop-a pin      today     ctrl+l
intake               office/hq      hq       caseload  alt+l,Tab,Return,=@/files,Return
intake-columns       office/hq      hq       caseload  alt+l,Tab,Return,=@/files,Return,Tab*2,Return
inbox                office/hq      hq       inbox     -
conflicts            office/hq      hq       conflicts -
board                office/hq      hq       exchange  -
review               office/hq      hq       review    -
review-family        office/hq      hq       review    alt+Down*2
record               office/hq      hq       review    alt+Down*2,shift+Tab*3,Return|alt+Down*2,shift+Tab*3,Return|alt+Down*2,shift+Tab*5,Return
roster               office/hq      hq       roster    -
requests             office/hq      hq       machines  -
machines             office/hq      hq       machines  alt+2
signing              office/hq      hq       machines  alt+3
partners             office/hq      hq       machines  alt+4,Tab*2,Return
partner-form         office/hq      hq       machines  alt+4,Tab,Return
lists                office/hq      hq-administrator:2 lists -
lists-codes          office/hq      hq-administrator:2 lists alt+2
lists-issue          office/hq      hq-administrator:2 lists alt+2,ctrl+n,shift+Tab*2,Return,=@/files,Return
lists-preview        office/hq      hq-administrator:2 lists alt+2,ctrl+n,shift+Tab*2,Return,=@/files,Return,shift+Tab*3,Return
deletion             office/hq      hq       erasure   -
course               office/iom     iom      exchange  -
"
# Language, theme, size, text size in percent. The laptops and tablets of the field are carried about; the office has the same looks,
# for a caseworker who works at home has no larger screen.
LOOKS=(
	"nb light 1280x800 100"
	"nb dark 1280x800 100"
	"nb light 1024x600 100"
	"nb dark 1024x600 100"
	"nb light 800x1280 100"
	"nn light 1024x600 200"
	"en light 1280x800 100"
)

# picture PLACE LANGUAGE THEME SIZE SCALE: the name of a picture.
picture() {
	if [ "$5" = 100 ]; then echo "$1-$2-$3-$4.png"; else echo "$1-$2-$3-$4-$5.png"; fi
}

# table: a row for each place, a column for each look, a link where there is a picture.
table() {
	local look place rest of name
	printf '| place |'
	for look in "${LOOKS[@]}"; do printf ' %s |' "${look/% 100/}"; done
	printf '\n| --- |'
	for look in "${LOOKS[@]}"; do printf ' --- |'; done
	echo
	while read -r place rest; do
		[ -n "$place" ] || continue
		printf '| %s |' "$place"
		for look in "${LOOKS[@]}"; do
			read -ra of <<<"$look"
			name=$(picture "$place" "${of[@]}")
			if [ -f "docs/screens/$name" ]; then printf ' [seen](%s) |' "$name"; else printf ' missing |'; fi
		done
		echo
	done <<<"$PLACES"
}

# tell writes the table into the page about the pictures.
tell() {
	local page=docs/screens/README.md
	{
		sed '/^<!-- table -->$/q' "$page"
		table
		sed -n '/^<!-- end of the table -->$/,$p' "$page"
	} >"$page.new"
	mv "$page.new" "$page"
}

if [ "${1:-}" = --table ]; then
	table
	exit 0
fi
wanted=" $* "
if [ ! -f "$DEMO/complete" ] || [ ! -d "$DEMO/files" ]; then
	rm -rf "$DEMO"
	build/feltbokctl demo --dir "$DEMO/field" --cases 40 --seed 7 --fill some
	build/feltbokctl demo --dir "$DEMO/office" --cases 40 --seed 7
	begin_interview "$DEMO/field"
	show_more "$DEMO"
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
# press KEYS: presses one key after the other, and waits for the picture to stand still after each.
press() {
	local key times x y
	for key in ${1//,/ }; do
		case $key in
		click:*) IFS=: read -r _ x y <<<"$key" && xdotool mousemove --window "$app_window" $((${size%x*} + x)) "$y" click 1 ;;
		=*) key=${key#=} && key=${key//+/ } && xdotool type --window "$app_window" --delay 40 "${key//@/$DEMO}" ;;
		*\**) for times in $(seq "${key#*\*}"); do app_key "${key%\**}"; done ;;
		*) app_key "$key" ;;
		esac
		app_settle
	done
}

# keys_for KEYS: those of the look on screen, of keys|tall|large. In a window that is not wide things stand as in a tall one.
keys_for() {
	local of
	IFS='|' read -ra of <<<"$1"
	if [ "$scale" != 100 ]; then echo "${of[2]:-$1}"; elif [ "${size%x*}" -lt 1100 ]; then echo "${of[1]:-$1}"; else echo "${of[0]}"; fi
}

# unlock USER WORKSPACE: types the passphrase of a user and waits until the workspace is open.
unlock() {
	local who=${1%:*} before corner secret
	secret=$DEMO/${2%/*}/passphrases/${who/#@(pin|refused)/laptop-a}.txt
	before=$(app_picture) corner=$(app_corner)
	if [[ $1 == *:* ]]; then press "shift+Tab,Right*${1#*:},space,Tab"; fi
	if [ "$1" = pin ]; then app_words "$secret"; press "Tab,=135790,Return"; else app_type "$secret"; fi
	if [ "$1" = refused ]; then
		app_changed 20 "$before" || true # the dots of the passphrase
		sleep 4                          # the keys take their time, then the page says what is wrong
		app_settle
		return 0
	fi
	app_unlocked 90 "$corner"
}

for look in "${LOOKS[@]}"; do
	read -r lang theme size scale <<<"$look"
	[[ ${LOOK:-$look} == "$look" ]] || continue
	window_begin "$size"
	while read -r place workspace user screen keys; do
		[ -n "$place" ] || continue
		[ $# -eq 0 ] || [[ $wanted == *" $place "* ]] || continue
		name=$(picture "$place" "$lang" "$theme" "$size" "$scale")
		app_start --workspace "$DEMO/$workspace" --lang "$lang" --theme "$theme" --text-scale "$scale" --size "$size" --screen "$screen"
		if ! app_wait 60; then missed+=("$name"); app_kill; continue; fi
		if [ "$user" != - ] && ! unlock "$user" "$workspace"; then missed+=("$name"); app_kill; continue; fi
		if [ "$keys" != - ]; then
			sleep 1
			press "$(keys_for "$keys")"
			sleep 1
			app_settle
		fi
		app_shot "$OUT/$name"
		# A palette of 256 colours is a third of the size, and the eye sees no difference: there are no photos in these pictures.
		convert "$OUT/$name" +dither -colors 256 -define png:compression-level=9 "PNG8:$OUT/$name"
		app_kill
		made=$((made + 1))
		echo "$OUT/$name"
	done <<<"$PLACES"
	window_end
done
[ "$OUT" != docs/screens ] || tell
echo "$made pictures in $OUT"
if [ ${#missed[@]} -gt 0 ]; then
	echo "not shown: ${missed[*]}" >&2
	exit 1
fi
