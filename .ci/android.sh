#!/usr/bin/env bash
# Packages the app for Android tablets: build/feltbok.apk for arm64, signed with the packaging tool's own test key. It installs nothing.
#
# What it needs, and says in one sentence when it is not there:
#   fyne              the packaging tool of fyne.io/tools: go get -tool fyne.io/tools/cmd/fyne@v1.7.2 in a module of your own, or a release
#   ANDROID_NDK_HOME  the folder of the Android NDK, release 25 or later
# The package is for trying on a tablet. One that is given to others is signed with the office's own key by "fyne release".
set -euo pipefail
cd "$(dirname "$0")/.."

refuse() {
	echo "make android: $*" >&2
	exit 1
}

[ -n "${ANDROID_NDK_HOME:-}" ] || refuse "set ANDROID_NDK_HOME to the folder of the Android NDK (release 25 or later)."
[ -d "$ANDROID_NDK_HOME/toolchains/llvm/prebuilt" ] || refuse "there is no Android NDK in ANDROID_NDK_HOME ($ANDROID_NDK_HOME)."
command -v fyne >/dev/null || refuse "the program fyne is missing; it is the packaging tool of fyne.io/tools (cmd/fyne)."

# The packaging tool reads FyneApp.toml in the folder of the main package only, and finds the icon from there.
settings=cmd/feltbok/FyneApp.toml
[ ! -e "$settings" ] || refuse "$settings is in the way; the only one that is kept stands at the top."
trap 'rm -f "$settings"' EXIT
sed 's|^Icon = "|&../../|' FyneApp.toml >"$settings"
mkdir -p build
(cd cmd/feltbok && fyne package --os android/arm64 --tags migrated_fynedo)
find cmd/feltbok -maxdepth 1 -name '*.apk' -exec mv {} build/feltbok.apk \;
[ -f build/feltbok.apk ] || refuse "the packaging tool ended without a package."
echo "build/feltbok.apk"
