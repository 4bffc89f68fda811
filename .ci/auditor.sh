#!/usr/bin/env bash
# Proves the bundles of a demo the way an auditor would, by docs/verify.sh, and that the proof fails where it must.
#
#   auditor.sh          makes a demo in build/auditor first
#   auditor.sh DEMO     uses the demo in the folder DEMO
#
# Ends 0 only if at least one bundle from the field was opened and proven, and no bundle that opens is false.
set -euo pipefail
cd "$(dirname "$0")/.."

DEMO=${1:-build/auditor}
if [ $# -eq 0 ]; then
	rm -rf "$DEMO"
	build/feltbokctl demo --dir "$DEMO" --cases 3
fi
DEMO=$(realpath "$DEMO")
PATH=$PWD/build/tools:$PATH
verify=$PWD/docs/verify.sh
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"
die() { echo "$*" >&2; exit 1; }

# The recovery identity opens every bundle made in the field. In a demo one custodian is enough.
age -d -i "$DEMO/kit/custodian-A.key" "$DEMO/kit/A.age" > recovery.key

prove() { "$verify" -i recovery.key -s "$DEMO/auditor/allowed_signers" -r "$DEMO/auditor/revoked" "$@"; }

proven=0 field=0 last=
while IFS= read -r -d '' file; do
	echo "opening $(basename "$file")"
	result=0
	said=$(prove "$file") || result=$?
	if [ "$result" = 3 ]; then
		echo "    not addressed to headquarters' recovery"
		continue
	fi
	[ "$result" = 0 ] || die "$file was not proven"
	echo "$said"
	proven=$((proven + 1))
	case $said in *'proven: kind field,'*) field=$((field + 1)) last=$file ;; esac
done < <(find "$DEMO/exchange" -name '*.feltbok' -print0 | sort -z)

echo "$proven bundles proven, $field of them from the field"
[ "$field" -gt 0 ] || die "no bundle from the field was found in $DEMO/exchange"

# The same file with one byte changed in its middle must not open: otherwise the checks above prove nothing.
cp "$last" changed.feltbok
at=$(($(stat -c %s changed.feltbok) / 2))
byte=$(od -An -tu1 -j "$at" -N 1 changed.feltbok | tr -d ' ')
printf "\\$(printf %03o $((byte ^ 1)))" | dd of=changed.feltbok bs=1 seek="$at" conv=notrunc status=none
if prove changed.feltbok 2>/dev/null; then die "a bundle with a changed byte is proven"; fi
echo "the same bundle with one byte changed does not open"

# Whoever may read a bundle could pack it anew with another answer. Then the signed list no longer fits.
mkdir x
age -d -i recovery.key "$last" | tar -xf - -C x
part=$(cd x && ls part/*.age | head -n 1)
reader=$(age-keygen -y recovery.key)
age -d -i recovery.key "x/$part" | gzip -dc | sed '$s/"hlc":"\(.\)/"hlc":"f\1/' | gzip -c | age -r "$reader" -o forged
mv forged "x/$part"
(cd x && tar --owner=0 --group=0 -cf - bundle.json bundle.json.sig bundle.json.user.sig $(jq -r '.files[].name' bundle.json)) | age -r "$reader" -o forged.feltbok
if prove forged.feltbok 2>said; then die "a bundle with a forged answer is proven"; fi
grep -q 'a file is not the one that was signed' said || die "the forged bundle failed for another reason: $(cat said)"
echo "a bundle packed anew with another line is not proven"

# Nor does a signature count that nobody of headquarters has certified.
: > nobody
if "$verify" -i recovery.key -s nobody -r "$DEMO/auditor/revoked" "$last" 2>/dev/null; then die "a bundle is proven without any signer"; fi
echo "without headquarters' authority nothing is proven"
