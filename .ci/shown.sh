# Sourced by screens.sh: what the demo has not by itself and the pictures are to show. All people are invented.
#
#   show_more DEMO              a family whose names stand in five scripts, attachments, a partner, an edition of a list, and in
#                               DEMO/files what is read in: a photo, lists of an office, a form that others made

show_more() {
	local demo=$1 case_id person files=$1/files i=0 name words=()
	local laptop=(--workspace "$demo/field/laptop-a" --passphrase-file "$demo/field/passphrases/laptop-a.txt")
	local admin=(--workspace "$demo/office/hq" --user Administrator --passphrase-file "$demo/office/passphrases/hq-administrator.txt")
	rm -rf "$files"
	mkdir -p "$files"

	# Arabic, Tigrinya, Dari, Burmese, Ukrainian: each person of one family.
	case_id=$(build/feltbokctl record list --type case --json "${laptop[@]}" |
		jq -r '.[] | select(.set.unhcr_case_no | tostring | contains("200-24-00012")) | .id')
	for name in "Salma|سلمى تستاوي" "Selam|ሰላም ተስታይ" "Mahbuba|محبوبه تستزاده" "Sanda|စန္ဒာ တက်စ်" "Oksana|Оксана Тестенко"; do
		i=$((i + 1))
		IFS='|' read -ra words <<<"$name"
		person=$(printf '0193f0a2-0000-7000-8000-%012d' "$i")
		jq -cn --arg p "$person" --arg c "$case_id" --arg given "${words[0]}" --arg native "${words[1]}" --arg birth "$((1960 + 9 * i))-03-0$i" \
			'{type: "person", id: $p, case: $c, set: {given_names: $given, family_name: "Testperson", name_native_script: $native, birth: $birth, sex: "female"}}'
	done >"$files/scripts.jsonl"
	build/feltbokctl record apply "$files/scripts.jsonl" "${laptop[@]}" >/dev/null
	rm "$files/scripts.jsonl"

	convert -size 900x640 xc:'#f4efe2' -fill '#c9b98f' -draw 'rectangle 40,40 860,110' -fill '#8a7a52' -draw 'rectangle 40,150 620,172 rectangle 40,200 760,222 rectangle 40,250 540,272 rectangle 40,300 700,322' \
		-fill '#6e8fa5' -draw 'rectangle 640,420 860,600' "$files/vitnemål.png"
	convert "$files/vitnemål.png" -rotate 90 "$files/legeerklæring.jpg"
	case_id=$(build/feltbokctl record list --type case --json "${laptop[@]}" |
		jq -r '.[] | select(.set.unhcr_case_no | tostring | contains("200-24-00002")) | .id')
	build/feltbokctl attachment add "$files/vitnemål.png" --case "$case_id" --title "Vitnemål fra snekkerskole" --kind school_document "${laptop[@]}" >/dev/null
	build/feltbokctl attachment add "$files/legeerklæring.jpg" --case "$case_id" --title "Fødselsattest, side 1 av 2" "${laptop[@]}" >/dev/null

	{
		echo 'Case No.;Individual Number;Relationship to PA;Family Name;Given Names;Name in native script;Sex;Date of Birth'
		echo '233-26-00001;233-00000101;PA;Prøve;Mappe;مپه;M;15-Mar-1985'
		echo '233-26-00001;233-00000102;Wife;Prøve;Hylle;ሙከራ;F;00/03/1990'
		echo '233-26-00002;233-00000103;PA;Prøve;Skuff;Шухляда;F;1990'
	} >"$files/unhcr-liste.csv"

	build/feltbokctl partner register --name "Språkskolen i Alta" --send roster_person=given_name,birth_year,language,reads --answer roster_person=language,reads \
		--until "$(date -d '+300 days' +%Y-%m-%d)" --keys "$demo/office/keys" --keys-passphrase-file "$demo/office/passphrases/keys.txt" "${admin[@]}" >/dev/null
	build/feltbokctl codelist export travel_docs --out "$files/travel_docs.csv" "${admin[@]}" >/dev/null
	build/feltbokctl codelist export language --out "$files/language.csv" "${admin[@]}" >/dev/null
	head -n 1 "$files/language.csv" | awk -F, '{ printf "xpr,Prøvespråk,Prøvespråk,Sample language"; for (i = 5; i <= NF; i++) printf ","; print "" }' >>"$files/language.csv"
	build/feltbokctl codelist import "$files/language.csv" "${admin[@]}" >/dev/null
	sed 's/^xpr,/prov,/' <(tail -n 1 "$files/language.csv") >>"$files/travel_docs.csv"
	touch -d '-2 hours' "$files/unhcr-liste.csv" # the newest is offered first
	touch -d '-1 hour' "$files/language.csv"
	build/feltbokctl form export languages --out "$files/languages" >/dev/null
}
