#!/usr/bin/env bash
# Checks what the pages promise: every command line quoted in docs/auditor.md and docs/recovery.md stands in the script that
# runs it; every relative link points to a file; every `make` target and every test named exists; and the table of pictures is true.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
say() { echo "$*" >&2; bad=1; }

# Each of these pages quotes the script that runs what it says.
while read -r page script; do
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		grep -qF -- "$line" "$script" || say "docs/$page.md quotes what $script does not run: $line"
	done < <(awk '/^```sh quoted/ { on = 1; next } /^```/ { on = 0 } on' "docs/$page.md" | sed 's/^[[:space:]]*//; s/[[:space:]]*#.*$//')
done <<END
auditor docs/verify.sh
recovery .ci/recovery.sh
END

while IFS= read -r page; do
	while IFS= read -r target; do
		[ -e "$(dirname "$page")/$target" ] || say "$page links to $target, which does not exist"
	done < <(grep -oE '\]\([^)#: ]+' "$page" | sed 's/^](//' | sort -u)
	while IFS= read -r target; do
		grep -qE "^$target:" Makefile || say "$page names make $target, which does not exist"
	done < <(grep -oE '`make [a-z]+`' "$page" | sed 's/`make \(.*\)`/\1/' | sort -u)
	while IFS= read -r name; do
		grep -rqE --include='*_test.go' "^func $name\(" app cmd docs internal sync || say "$page names the test $name, which does not exist"
	done < <(grep -oE '`(Test|Fuzz)[A-Za-z0-9_]+`' "$page" | tr -d '`' | sort -u)
done < <(find README.md docs -name '*.md')
# The page about the pictures says which place was drawn in which look, and says it of the pictures that lie there.
diff <(.ci/screens.sh --table) <(sed -n '/^<!-- table -->$/,/^<!-- end of the table -->$/p' docs/screens/README.md | sed '1d;$d') >&2 ||
	say "docs/screens/README.md does not say which pictures there are: draw what is missing with make screens"
for picture in docs/screens/*.png; do
	grep -qF "(${picture##*/})" docs/screens/README.md || say "$picture is of no place that .ci/screens.sh draws"
done
[ "$bad" = 0 ] && echo "the pages agree with the tree"
