#!/usr/bin/env bash
# Drives the real app under Xvfb and writes a picture of every place into docs/screens/, named
# <place>-<language>-<light|dark>-<WxH>.png.
#
#   screens.sh [PLACE…]         all places, or those named
#
# A place is shown by the flag --screen of the app; the register is a demo in build/screens, made once for all pictures.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/window.sh

DEMO=build/screens
OUT=docs/screens

# Place, workspace of the demo, user. A place that a role does not have is not asked for.
PLACES="
unlock      laptop-a -
today       laptop-a laptop-a
caseload    laptop-a laptop-a
casefile    laptop-a laptop-a
interview   laptop-a laptop-a
evening     laptop-a laptop-a
exchange    laptop-a laptop-a
settings    laptop-a laptop-a
inbox       hq       hq
conflicts   hq       hq
"
# Language, theme, size, text scale in percent. The first line shows every place; the others show what changes with them.
LOOKS=(
	"nb light 1366x768 100"
	"nn light 1366x768 100"
	"en dark 1366x768 100"
	"nb light 1024x600 100"
	"nb dark 1024x600 200"
)

wanted=" $* "
[ -d "$DEMO/hq" ] || build/feltbokctl demo --dir "$DEMO" --cases 24
mkdir -p "$OUT"
made=0 missed=()
for look in "${LOOKS[@]}"; do
	read -r lang theme size scale <<<"$look"
	window_begin "$size"
	while read -r place workspace user; do
		[ -n "$place" ] || continue
		[ $# -eq 0 ] || [[ $wanted == *" $place "* ]] || continue
		name=$place-$lang-$theme-$size.png
		[ "$scale" = 100 ] || name=$place-$lang-$theme-$size-$scale.png
		app_start --workspace "$DEMO/$workspace" --lang "$lang" --theme "$theme" --text-scale "$scale" --size "$size" --screen "$place"
		if ! app_wait 60; then missed+=("$name"); app_kill; continue; fi
		if [ "$user" != - ]; then
			locked=$(app_picture)
			app_type "$DEMO/passphrases/$user.txt"
			if ! app_changed 90 "$locked"; then missed+=("$name"); app_kill; continue; fi
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
