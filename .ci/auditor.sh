#!/usr/bin/env bash
# Opens the bundles of a demo the way an auditor would: with age, tar, ssh-keygen, jq, gzip and sha256sum, and nothing of
# Feltbok. docs/auditor.md explains each step and quotes it from here.
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
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"

# The recovery identity opens every bundle made in the field. In a demo one custodian is enough.
age -d -i "$DEMO/kit/custodian-A.key" "$DEMO/kit/A.age" > recovery.key

die() { echo "$*" >&2; exit 1; }

# links FILE FIRST: walks the lines of one chain; prints the last link, or the first break.
links() {
	link=$2
	while IFS=$'\t' read -r ph t h line; do
		[ "$ph" = "$link" ] || die "the chain breaks before this line: $(printf %s "$line" | cut -c1-200)"
		if [ "$t" != stub ]; then h=$(printf %s "$line" | sha256sum | cut -c1-64); fi
		link=$(printf %s%s "$link" "$h" | sha256sum | cut -c1-64)
	done < <(paste <(jq -r '[.ph, .t, .h // "-"] | @tsv' "$1") "$1")
	echo "$link"
}

# stanzas FILE: how many recipients an age file has.
stanzas() { LC_ALL=C sed -n '/^---/q; /^-> /p' "$1" | wc -l; }

# bundle FILE: opens one bundle in the current folder and proves it; says what it found.
bundle() {
	X=$1
	age -d -i "$WORK/recovery.key" "$X" | tar -xf -

	V="ssh-keygen -Y verify -f $DEMO/auditor/allowed_signers -r $DEMO/auditor/revoked -n bundle.v1@feltbok"
	if [ "$(jq -r .kind bundle.json)" = enrol-request ]; then
		# A machine that asks to join has no certificate yet: the request inside names its key, and people compared its words.
		echo "device:* namespaces=\"bundle.v1@feltbok\" $(jq -r .key doc/request.json)" > applicant
		V="ssh-keygen -Y verify -f applicant -n bundle.v1@feltbok"
	fi
	$V -I "$(jq -r .from bundle.json)" -s bundle.json.sig < bundle.json
	if [ -d part ]; then
		$V -I "$(jq -r .user bundle.json)" -s bundle.json.user.sig < bundle.json
	fi
	jq -r '.files[] | "\(.sha256)  \(.name)"' bundle.json | sha256sum -c --strict --quiet
	[ "$(stanzas "$X")" = "$(jq '[.to[].recipients[]] | unique | length' bundle.json)" ] || die "an unnamed reader in $X"

	for part in part/*.age; do
		[ -e "$part" ] || continue
		c=$(basename "$part" .age)
		[ "$(stanzas "$part")" = "$(jq --arg p "$part" '.files[] | select(.name == $p).recipients | length' bundle.json)" ] || die "an unnamed reader in $part"
		age -d -i "$WORK/recovery.key" "$part" | gzip -dc > "$c.jsonl"
		jq -r --arg p "$part" '.files[] | select(.name == $p).chains[] | [.dev, .ep, .first, .last, .tip] | @tsv' bundle.json > chains
		while IFS=$'\t' read -r dev ep first last tip; do
			paste <(jq -r '"\(.dev)/\(.ep)"' "$c.jsonl") "$c.jsonl" | grep "^$dev/$ep"$'\t' | cut -f2- > chain
			[ "$(wc -l < chain)" = $((last - first + 1)) ] || die "$c: $dev/$ep does not hold lines $first to $last"
			known=$(printf '0%.0s' $(seq 64))
			if [ "$first" -gt 1 ]; then known=$(head -n 1 chain | jq -r .ph); fi
			[ "$(links chain "$known")" = "$tip" ] || die "$c: the tip of $dev/$ep is another"
			echo "    $c: lines $first to $last of $dev, epoch $ep"
		done < chains
		boxes=0
		while read -r name box; do
			inner=$(printf %s "$box" | base64 -d | age -d -i "$WORK/recovery.key" | jq -r '"\(.c)/\(.dev)/\(.ep)/\(.n)"')
			[ "$inner" = "$name" ] || die "the box of line $name belongs to $inner"
			boxes=$((boxes + 1))
		done < <(jq -r 'select(.t == "box") | "\(.c)/\(.dev)/\(.ep)/\(.n) \(.box)"' "$c.jsonl")
		[ "$boxes" = 0 ] || echo "    $c: opened $boxes boxes"
	done
}

proven=0 field=0 last=
while IFS= read -r -d '' file; do
	if ! age -d -i recovery.key "$file" >/dev/null 2>&1; then
		echo "not addressed to HQ recovery: $(basename "$file")"
		continue
	fi
	mkdir x
	echo "opening $(basename "$file")"
	(cd x && bundle "$file")
	kind=$(jq -r .kind x/bundle.json)
	echo "    proven: kind $kind, number $(jq -r '.to[] | "\(.seq) to \(.node)"' x/bundle.json | paste -sd, | sed 's/,/, /g')"
	proven=$((proven + 1))
	if [ "$kind" = field ]; then field=$((field + 1)) last=$file; fi
	rm -rf x
done < <(find "$DEMO/exchange" -name '*.feltbok' -print0 | sort -z)

echo "$proven bundles proven, $field of them from the field"
[ "$field" -gt 0 ] || die "no bundle from the field was found in $DEMO/exchange"

# The same file with one byte changed in its middle must not open: otherwise the checks above prove nothing.
cp "$last" changed
at=$(($(stat -c %s changed) / 2))
byte=$(od -An -tu1 -j "$at" -N 1 changed | tr -d ' ')
printf "\\$(printf %03o $((byte ^ 1)))" | dd of=changed bs=1 seek="$at" conv=notrunc status=none
if age -d -i recovery.key changed >/dev/null 2>&1; then die "a bundle with a changed byte opens"; fi
echo "the same bundle with one byte changed does not open"
