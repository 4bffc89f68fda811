# Sourced by typing.sh and screens.sh: an interview that laptop A has begun with one adult, at the question what she wants to
# be called.
#
#   begin_interview DEMO        sets person, case_id

begin_interview() {
	local demo=$1 user interview
	local options=(--workspace "$demo/laptop-a" --passphrase-file "$demo/passphrases/laptop-a.txt" --json)
	read -r person case_id < <(build/feltbokctl record list --type person "${options[@]}" |
		jq -r '[.[] | select(.set.relation_to_pa | tostring | contains("principal"))][-1] | "\(.id) \(.case)"')
	user=$(build/feltbokctl directory show "${options[@]}" |
		jq -r '.missions[].users[] | select(.alias == "intervjuer A") | .user | ltrimstr("user:")')
	interview=$(cat /proc/sys/kernel/random/uuid)
	jq -cn --arg i "$interview" --arg c "$case_id" --arg p "$person" --arg u "$user" --arg s "$(date +%Y-%m-%dT%H:%M:%S%:z)" '
		{type: "interview", id: $i, case: $c, subject: $p,
		 set: {case: $c, type: "individual_adult", status: "draft", interviewer: $u, start: $s, persons_present: [$p]}},
		{type: "person", id: $p, case: $c, set: {name_called: "Hun "}}' >"$demo/begun.jsonl"
	build/feltbokctl record apply "$demo/begun.jsonl" "${options[@]}" >/dev/null
}
