# Sourced by smoke.sh and screens.sh: a display of its own, the app on it, keys and pictures.
#
#   window_begin WxH [DPI]      a virtual display that lives on between two windows; ended by window_end or with the script
#   app_start ARGUMENT…         starts build/feltbok; sets app_pid
#   app_wait SECONDS            waits for the window; sets app_window, app_title
#   app_words FILE              types the first line of a file (a passphrase)
#   app_type FILE               the same, and presses Enter
#   app_key KEY…                presses keys
#   app_settle                  waits until the picture stands still
#   app_changed SECONDS BEFORE  waits until the window shows something else than before (app_picture)
#   app_unlocked SECONDS [CORNER] waits until a training workspace is open
#   app_shot FILE.png           writes the window's picture
#   app_kill / app_quit         ends the app at once / by the signal of an ending session

window_begin() {
	local size=${1/x/ } display
	for display in $(seq 90 120); do
		[ -e "/tmp/.X11-unix/X$display" ] || [ -e "/tmp/.X$display-lock" ] || break
	done
	Xvfb ":$display" -screen 0 "${size% *}x${size#* }x24" -dpi "${2:-96}" -nolisten tcp -noreset >/dev/null 2>&1 &
	window_pid=$!
	export DISPLAY=":$display" LIBGL_ALWAYS_SOFTWARE=1
	unset WAYLAND_DISPLAY
	trap window_end EXIT
	local i
	for i in $(seq 100); do
		if xdpyinfo >/dev/null 2>&1; then return 0; fi
		kill -0 "$window_pid" 2>/dev/null || break
		sleep 0.1
	done
	echo "the virtual display did not start" >&2
	return 1
}

window_end() {
	if [ -n "${app_pid:-}" ]; then kill -9 "$app_pid" 2>/dev/null || true; app_pid=; fi
	if [ -n "${window_pid:-}" ]; then kill "$window_pid" 2>/dev/null || true; wait "$window_pid" 2>/dev/null || true; window_pid=; fi
}

app_start() {
	build/feltbok "$@" >build/feltbok.log 2>&1 &
	app_pid=$!
}

app_wait() {
	local i
	for i in $(seq $(($1 * 10))); do
		app_window=$(xdotool search --onlyvisible --name '^Feltbok' 2>/dev/null | head -n 1 || true)
		if [ -n "$app_window" ]; then
			app_title=$(xdotool getwindowname "$app_window")
			xdotool windowfocus --sync "$app_window" 2>/dev/null || true
			app_settle
			return 0
		fi
		if ! kill -0 "$app_pid" 2>/dev/null; then break; fi
		sleep 0.1
	done
	echo "the window of Feltbok did not appear; the app said:" >&2
	cat build/feltbok.log >&2
	return 1
}

app_words() { xdotool type --window "$app_window" --delay 25 "$(head -n 1 "$1")"; }

app_type() {
	app_words "$1"
	xdotool key --window "$app_window" Return
}

app_key() { xdotool key --window "$app_window" --delay 60 "$@"; }

# app_picture prints a checksum of what the window shows.
app_picture() { import -silent -window "$app_window" -depth 8 rgb:- 2>/dev/null | cksum; }

app_settle() {
	local seen=/ now i
	for i in $(seq 60); do
		sleep 0.25
		now=$(app_picture)
		if [[ $seen == *"/$now/"* ]]; then return 0; fi # a picture comes again also where a caret blinks
		seen+=$now/
	done
}

# app_changed SECONDS BEFORE: waits until the window shows something else than the picture BEFORE and stands still.
app_changed() {
	local i
	for i in $(seq $(($1 * 4))); do
		if [ "$(app_picture)" != "$2" ]; then app_settle; return 0; fi
		if ! kill -0 "$app_pid" 2>/dev/null; then echo "the app ended by itself:" >&2; cat build/feltbok.log >&2; return 1; fi
		sleep 0.25
	done
	echo "the window did not change within $1 s" >&2
	return 1
}

# app_corner prints the colour of the corner, where the strip of a training workspace begins.
app_corner() { import -silent -window "$app_window" -crop 1x1+2+2 -depth 8 rgb:- 2>/dev/null | od -An -tx1; }

# app_unlocked SECONDS [CORNER]: waits until title and strip say that a training workspace is open, and the window stands still. CORNER is the
# colour of the corner from before the passphrase was sent; without it, the workspace must not be open yet.
app_unlocked() {
	local i corner
	corner=${2:-$(app_corner)}
	for i in $(seq $(($1 * 4))); do
		if [[ $(xdotool getwindowname "$app_window" 2>/dev/null) == Feltbok?* && $(app_corner) != "$corner" ]]; then app_settle; return 0; fi
		if ! kill -0 "$app_pid" 2>/dev/null; then echo "the app ended by itself:" >&2; cat build/feltbok.log >&2; return 1; fi
		sleep 0.25
	done
	echo "the workspace did not open within $1 s" >&2
	return 1
}

app_shot() { import -silent -window "$app_window" "$1"; }

app_kill() { kill -9 "$app_pid" 2>/dev/null || true; wait "$app_pid" 2>/dev/null || true; app_pid=; }

app_quit() { kill -TERM "$app_pid" 2>/dev/null || true; wait "$app_pid" 2>/dev/null || true; app_pid=; }
