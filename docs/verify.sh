#!/usr/bin/env bash
# Proves a bundle of Feltbok without Feltbok: with age (1.3.2 or newer), tar, ssh-keygen, jq, gzip and sha256sum.
# docs/auditor.md explains each step and quotes it from here.
#
#   verify.sh -i IDENTITY [-i IDENTITY]… -s ALLOWED_SIGNERS [-r REVOKED] [-t TIME] X.feltbok
#
#   -i  file with an age identity; the outer layer needs one, each compartment one that may read it
#   -s  whose signatures count, as ssh-keygen wants it; -r which keys no longer do
#   -t  judge signatures as of that moment, as in 20261122030000Z; else now
#
# Ends 0 when everything that opens is proven, 1 with the first thing that is not, 2 on wrong words, 3 when no identity opens
# the file. Says for each compartment how far it was proven. What it unpacks lies in a folder of its own that is removed.
set -euo pipefail

die() { echo "not proven: $*" >&2; exit 1; }
usage() { sed -n '5,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

identities=() signers='' revoked=/dev/null moment=
while getopts i:s:r:t: option; do
	case $option in
	i) identities+=(-i "$(realpath "$OPTARG")") ;;
	s) signers=$(realpath "$OPTARG") ;;
	r) revoked=$(realpath "$OPTARG") ;;
	t) moment=-Overify-time=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] && [ ${#identities[@]} -gt 0 ] && [ -n "$signers" ] || usage
X=$(realpath "$1")

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"

# signed NAME FILE SIGNATURE: whether a certificate of headquarters that carries NAME has signed FILE.
signed() {
	ssh-keygen -Y verify -f "$signers" -r "$revoked" ${moment:+"$moment"} -n bundle.v1@feltbok -I "$1" -s "$3" < "$2" >/dev/null 2>&1 ||
		die "the signature of $1 under $2"
}

# stanzas FILE: how many recipients an age file has.
stanzas() { LC_ALL=C sed -n '/^---/q; /^-> /p' "$1" | wc -l; }

# links FILE LINK: walks the lines of one chain from the given link on; prints the last one, or the first break.
links() {
	link=$2
	while IFS=$'\t' read -r ph t h line; do
		[ "$ph" = "$link" ] || die "the chain breaks before this line: $(printf %s "$line" | cut -c1-200)"
		if [ "$t" != stub ]; then h=$(printf %s "$line" | sha256sum | cut -c1-64); fi
		link=$(printf %s%s "$link" "$h" | sha256sum | cut -c1-64)
	done < <(paste <(jq -r '[.ph, .t, .h // "-"] | @tsv' "$1") "$1")
	echo "$link"
}

# whole: the manifest is signed, and every byte is the one that was signed.
whole() {
	age -d "${identities[@]}" "$X" 2>/dev/null > bundle.tar || { echo "no identity given opens $(basename "$X"), or it is damaged" >&2; exit 3; }
	tar -xf bundle.tar && rm bundle.tar
	[ "$(jq -r .format bundle.json)" = feltbok-bundle/1 ] || die "the format is another"

	if [ "$(jq -r .kind bundle.json)" = enrol-request ]; then
		# A machine that asks to join has no certificate yet: the request inside names its key, and people compared its words.
		echo "device:* namespaces=\"bundle.v1@feltbok\" $(jq -r .key doc/request.json)" > applicant
		signers=applicant
	fi
	signed "$(jq -r .from bundle.json)" bundle.json bundle.json.sig
	if [ -d part ]; then
		signed "$(jq -r .user bundle.json)" bundle.json bundle.json.user.sig
	fi
	jq -r '.files[] | "\(.sha256)  \(.name)"' bundle.json | sha256sum -c --strict --quiet >&2 || die "a file is not the one that was signed"
	[ "$(find . -type f ! -name 'bundle.json*' ! -name applicant | wc -l)" = "$(jq '.files | length' bundle.json)" ] || die "a file that was not signed"
	[ "$(stanzas "$X")" = "$(jq '[.to[].recipients[]] | unique | length' bundle.json)" ] || die "an unnamed reader of the bundle"
}

# tip DEVICE EPOCH COMPARTMENT LAST TIP: whether the device itself signed this end of its chain: in this manifest, or in one of
# its own that travels along as a witness.
tip() {
	if [ "device:$1" = "$(jq -r .from bundle.json)" ]; then return; fi
	for witness in witness/*.json; do
		[ -e "$witness" ] || continue
		jq -e --arg dev "$1" --argjson ep "$2" --arg c "$3" --argjson last "$4" --arg tip "$5" \
			'.from == "device:" + $dev and any(.files[] | select(.compartment == $c).chains[]?; .dev == $dev and .ep == $ep and .last == $last and .tip == $tip)' \
			"$witness" > /dev/null || continue
		signed "device:$1" "$witness" "$witness.sig"
		return
	done
	die "nothing signed by device $1 ends at line $4 of $3"
}

# compartment PART: its lines are those of the signed ranges, unbroken, and every box belongs to its line.
compartment() {
	part=$1
	c=$(basename "$part" .age)
	[ "$(stanzas "$part")" = "$(jq --arg p "$part" '.files[] | select(.name == $p).recipients | length' bundle.json)" ] || die "an unnamed reader of $part"
	if ! age -d "${identities[@]}" "$part" 2>/dev/null | gzip -dc > "$c.jsonl" 2>/dev/null; then
		rm -f "$c.jsonl"
		echo "    $c: sealed for others; signed and whole"
		return
	fi
	jq -r --arg p "$part" '.files[] | select(.name == $p).chains[] | [.dev, .ep, .first, .last, .tip] | @tsv' bundle.json > chains
	paste <(jq -r '"\(.dev)/\(.ep) \(.n)"' "$c.jsonl") "$c.jsonl" > numbered
	lines=0
	while IFS=$'\t' read -r dev ep first last end; do
		awk -F'\t' -v chain="$dev/$ep" -v first="$first" -v last="$last" \
			'{ split($1, at, " ") } at[1] == chain && at[2] >= first && at[2] <= last' numbered | cut -f2- > chain
		[ "$(wc -l < chain)" = $((last - first + 1)) ] || die "$c: $dev/$ep does not hold lines $first to $last"
		known=$(printf '0%.0s' $(seq 64))
		if [ "$first" -gt 1 ]; then known=$(head -n 1 chain | jq -r .ph); fi
		[ "$(links chain "$known")" = "$end" ] || die "$c: the tip of $dev/$ep is another"
		tip "$dev" "$ep" "$c" "$last" "$end"
		echo "    $c: lines $first to $last of $dev, epoch $ep"
		lines=$((lines + last - first + 1))
	done < chains
	[ "$lines" = "$(wc -l < "$c.jsonl")" ] || die "$c: lines that no signed range names"
	boxes "$c"
}

# boxes COMPARTMENT: opens what the identities open; a box names the line it belongs to.
boxes() {
	opened=0
	while read -r name box; do
		printf %s "$box" | base64 -d > box
		inner=$(age -d "${identities[@]}" box 2>/dev/null | jq -r '"\(.c)/\(.dev)/\(.ep)/\(.n)"') || continue
		[ "$inner" = "$name" ] || die "the box of line $name belongs to $inner"
		opened=$((opened + 1))
	done < <(jq -r 'select(.t == "box") | "\(.c)/\(.dev)/\(.ep)/\(.n) \(.box)"' "$1.jsonl")
	[ "$opened" = 0 ] || echo "    $1: opened $opened boxes"
}

# attachments COMPARTMENT: each piece is for the readers of the part and as long as signed; an attachment of which all pieces are here
# is the one that a line of the part names by its hash.
attachments() {
	[ -d "blob/$1" ] || return 0
	for id in $(find "blob/$1" -type f | sed 's|.*/||; s|\..*||' | sort -u); do
		: > whole
		next=0
		for piece in "blob/$1/$id".*.age; do
			of=$(jq -c --arg n "$piece" --arg p "part/$1.age" '[.files[] | select(.name == $n)][0] as $f | [$f.raw, ($f.recipients | length), $f.recipients == ([.files[] | select(.name == $p)][0].recipients)]' bundle.json)
			[ "$(jq '.[2]' <<< "$of")" = true ] && [ "$(stanzas "$piece")" = "$(jq '.[1]' <<< "$of")" ] || die "an unnamed reader of $piece"
			[ -e "$1.jsonl" ] && [ -s "$1.jsonl" ] || continue
			age -d "${identities[@]}" "$piece" > one 2>/dev/null || die "$piece does not open"
			[ "$(wc -c < one)" = "$(jq '.[0]' <<< "$of")" ] || die "$piece has another size"
			if [ "$piece" = "blob/$1/$id.$(printf %06d "$next").age" ]; then cat one >> whole; next=$((next + 1)); fi
		done
		[ -s "$1.jsonl" ] || continue
		named=$(jq -r --arg id "$id" 'select((.set.blob // "" | tostring | gsub("-"; "")) == $id) | "\(.set.size) \(.set.sha256)"' "$1.jsonl" | head -n 1)
		[ -n "$named" ] || die "no line names the attachment $id"
		if [ "$(wc -c < whole)" = "${named% *}" ]; then
			[ "$(sha256sum < whole | cut -c1-64)" = "${named#* }" ] || die "the attachment $id is not the one that was signed"
			echo "    $1: attachment $id, ${named% *} bytes"
		else
			echo "    $1: attachment $id, a part of ${named% *} bytes"
		fi
	done
	rm -f one whole
}

whole
for part in part/*.age; do
	if [ -e "$part" ]; then
		compartment "$part"
		attachments "$(basename "$part" .age)"
	fi
done
echo "proven: kind $(jq -r .kind bundle.json), number $(jq -r '.to[] | "\(.seq) to \(.node)"' bundle.json | paste -sd, | sed 's/,/, /g')"
