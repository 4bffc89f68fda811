#!/usr/bin/env bash
# Opens a backup by the recovery kit the way somebody without Feltbok would: with age, sqlite3, jq, base64 and openssl.
# docs/recovery.md explains each step and quotes it from here.
#
#   recovery.sh          makes a demo in build/recovery first
#   recovery.sh DEMO     uses the demo in the folder DEMO
#
# Ends 0 only if every pair of custodians opens the kit and nobody alone does, every ring file of the backup gives the key
# by which the program made its MACs, and neither a kit nor a backup with one byte changed opens.
set -euo pipefail
cd "$(dirname "$0")/.."

DEMO=${1:-build/recovery}
if [ $# -eq 0 ]; then
	rm -rf "$DEMO"
	build/feltbokctl demo --dir "$DEMO" --cases 3
fi
DEMO=$(realpath "$DEMO")
PATH=$PWD/build:$PWD/build/tools:$PATH
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"

die() { echo "$*" >&2; exit 1; }

# changed FILE AT: turns the lowest bit of one byte.
changed() {
	byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	printf "\\$(printf %03o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
hex() { basenc --base16 -w 0 | tr A-F a-f; }
bytes() { tr a-f A-F | basenc --base16 -d; }

echo "a kit for two of A, B and C, and a backup"
KIT=$WORK/kit BACKUP=$WORK/laptop.db
for who in A B C; do
	echo "brygge lampe torsk vindu saft $who" > "$who.words"
	feltbokctl vault recover-custodian --training --label "$who" --out "$who.key.age" --public "$who.pub" --page "$who.pdf" --passphrase-file "$who.words" > /dev/null 2> /dev/null
done
feltbokctl vault recover-kit --from "$DEMO/kit" --custodian A="$DEMO/kit/custodian-A.key" --kit "$KIT" --member A=A.pub --member B=B.pub --member C=C.pub --need 2
feltbokctl vault backup --workspace "$DEMO/laptop-a" --passphrase-file "$DEMO/passphrases/laptop-a.txt" --out "$BACKUP"

echo "each custodian's file opens by age"
for who in A B C; do
	AGE_PASSPHRASE=$(cat "$who.words") age -d -j batchpass "$who.key.age" > "$who.key"
	[ "$(age-keygen -y "$who.key")" = "$(grep -v '^#' "$who.pub")" ] || die "$who.key and $who.pub are not a pair"
	# The same key on paper: the groups without spaces, then eight check digits.
	pdftotext -layout "$who.pdf" - | tr -d ' \n' | grep -qF "$(grep -v '^#' "$who.key")$(grep -v '^#' "$who.key" | tr -d '\n' | sha256sum | cut -c1-8 | tr a-f A-F)" || die "the sheet of $who shows another key"
done

echo "each pair opens the kit by two calls of age, nobody alone"
age -d -i A.key "$KIT/A-B.age" | age -d -i B.key > recovery.key
for pair in A-B A-C B-C; do
	first=${pair%-*} second=${pair#*-}
	age -d -i "$first.key" "$KIT/$pair.age" > inner
	age -d -i "$second.key" inner | cmp - recovery.key || die "$pair.age holds another key"
	if age -d -i "$first.key" inner > /dev/null 2>&1; then die "$first opens $pair.age alone"; fi
	if age -d -i "$second.key" "$KIT/$pair.age" > /dev/null 2>&1; then die "$second opens $pair.age first"; fi
	[ "$(sha256sum < "$KIT/$pair.age" | cut -d' ' -f1)" = "$(jq -r --arg name "$pair.age" '.files[] | select(.name == $name).sha256' "$KIT/kit.json")" ] || die "kit.json names another $pair.age"
done
[ "$(age-keygen -y recovery.key)" = "$(jq -r .recovery "$KIT/kit.json")" ] || die "kit.json names another recovery key"

echo "every ring file gives 81 bytes with the key of its ring"
sqlite3 -readonly "$BACKUP" 'select json from header' | jq -r '.rings[]|select(.name=="case").file' | base64 -d | age -d -i recovery.key > case.ring
[ "$(wc -c < case.ring)" = 81 ] || die "the ring file of case holds $(wc -c < case.ring) bytes"

sqlite3 -readonly "$BACKUP" 'select hex(json) from header' | bytes > header.json
vault=$(jq -r .vault header.json)
# derive RINGKEY LABEL RING: HKDF-SHA256 with salt vault16 and info label 00 ring1 (security.md 3.4).
derive() {
	info=$(printf '%s\0' "$2" | hex)$(printf %02x "$3")
	openssl kdf -keylen 32 -kdfopt digest:SHA2-256 -kdfopt "hexkey:$1" -kdfopt "hexsalt:$vault" -kdfopt "hexinfo:$info" HKDF | tr -d ':\n' | tr A-F a-f
}
mac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary | hex; }

# rings HEADER: opens every ring of a header and proves its MAC; then the header's own.
rings() {
	training=$(jq 'if .training then 1 else 0 end' "$1")
	while read -r name ring id generation; do
		jq -r --arg name "$name" '.rings[] | select(.name == $name).file' "$1" | base64 -d > file
		age -d -i recovery.key file > content || return 1
		[ "$(wc -c < content)" = 81 ] || return 1
		[ "$(head -c 49 content | hex)" = "$(printf 'feltbok/v1/ring\0' | hex)$vault$(printf %02x "$ring")$id" ] || return 1
		key=$(tail -c 32 content | hex)
		if [ "$name" = open ]; then open=$key; fi
		readers=$(jq -r --arg name "$name" '. as $all | .rings[] | select(.name == $name).readers[] | . as $id | ($all.slots[] | select(.id == $id)) | "\(.id) \(.to)"' "$1")
		{
			printf 'feltbok/v1/ring-mac\0' | hex
			printf '%s%02x%02x%s%08x' "$vault" "$training" "$ring" "$id" "$generation"
			sha256sum < file | cut -c1-64
			printf %04x "$(echo "$readers" | wc -l)"
			while read -r slot to; do printf '%s%s' "$slot" "$(printf %s "$to" | sha256sum | cut -c1-64)"; done <<< "$readers"
		} | tr -d '\n' | bytes > claim
		[ "$(mac "$(derive "$key" feltbok/v1/ring-mac "$ring")" < claim)" = "$(jq -r --arg name "$name" '.rings[] | select(.name == $name).mac' "$1" | base64 -d | hex)" ] || return 1
		echo "    $name, generation $generation: 81 bytes, and the MAC of the ring holds"
	done < <(jq -r '.rings[] | "\(.name) \(.ring) \(.id) \(.generation)"' "$1")
	[ "$(mac "$(derive "$open" feltbok/v1/header-mac 1)" < "$1")" = "$2" ] || return 1
	echo "    the MAC of the header holds"
}
headermac=$(sqlite3 -readonly "$BACKUP" 'select hex(mac) from header' | tr A-F a-f)
rings header.json "$headermac" || die "a ring does not open, or a MAC does not hold"

echo "the program says the same"
feltbokctl vault recover-rehearse --backup "$BACKUP" --kit "$KIT" --custodian B=B.key --custodian C=C.key

echo "with one byte changed nothing opens"
cp "$KIT/A-C.age" A-C.age
changed A-C.age $(($(stat -c %s A-C.age) - 40))
if age -d -i A.key A-C.age 2> /dev/null | age -d -i C.key > /dev/null 2>&1; then die "a kit file with a changed byte opens"; fi
sed 's/"generation":/"generation":9/' header.json > other.json
if cmp -s header.json other.json; then die "nothing was changed in the header"; fi
if rings other.json "$headermac" > /dev/null 2>&1; then die "a header with a changed byte passes"; fi
cp "$BACKUP" changed.db
offset=
for at in 2000 2400 2800; do # a piece that lies across two pages is not found as it is
	[ -n "$offset" ] || offset=$(grep -obUaF "$(jq -r '.rings[1].file' header.json | cut -c$at-$((at + 16)))" changed.db | head -n 1 | cut -d: -f1 || true)
done
changed changed.db "$offset"
sqlite3 -readonly changed.db 'select hex(json) from header' | bytes > changed.json
if rings changed.json "$headermac" > /dev/null 2>&1; then die "a ring file with a changed byte opens"; fi
if feltbokctl vault recover-rehearse --backup changed.db --kit "$KIT" --custodian B=B.key --custodian C=C.key > /dev/null 2> says; then die "the program passes a changed backup"; fi
grep -q '^R-RING' says || die "the program says: $(cat says)"
echo "done: the kit and the backup open without Feltbok"
