#!/usr/bin/env bash
# Compares feltbok's expressions with an independent engine, takes in the forms that others published, and writes strings that break
# programs through every field of words. What it finds must stand in docs/evaluator.md and docs/forms-refused.md; with UPDATE=1 it
# writes those pages anew. It ends with 75 when the packages cannot be fetched: then nothing was compared.
set -euo pipefail
cd "$(dirname "$0")/.."
here=.ci/evaluator
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unfetched() {
	echo "evaluator: $* could not be fetched, so nothing was compared" >&2
	exit 75
}

command -v npm >/dev/null || .ci/setup.sh nodejs npm || unfetched npm
cp "$here"/*.cjs "$here"/package.json "$here"/package-lock.json "$work"
(cd "$work" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null) || unfetched "the other engine"

# Packages that are only read, each as it was published: the sum of the file is pinned.
mkdir -p "$work/packages" "$work/forms" "$work/report"
while read -r name sum; do
	file=$(cd "$work" && npm pack --loglevel=error "$name" | tail -n 1) || unfetched "$name"
	is=$(openssl dgst -sha512 -binary "$work/$file" | base64 -w 0)
	[ "sha512-$is" = "$sum" ] || { echo "evaluator: $name is not what was pinned" >&2; exit 1; }
	mkdir "$work/packages/${name%@*}"
	tar -xzf "$work/$file" -C "$work/packages/${name%@*}" --strip-components=1 2>/dev/null
done <"$here/packages.txt"

(
	cd "$work"
	TZ=America/Phoenix node cases.cjs specification.json
	TZ=UTC node corpus.cjs "$OLDPWD/internal/form/expr/testdata/corpus" elsewhere.json
	node xforms.cjs forms packages
) 2>/dev/null

export FELTBOK_SPECIFICATION=$work/specification.json FELTBOK_ELSEWHERE=$work/elsewhere.json FELTBOK_FORMS=$work/forms FELTBOK_REPORT=$work/report
export FELTBOK_STRINGS=$work/packages/blns/resources/blns.json
CGO_ENABLED=0 go test -tags ci -count=1 -run 'Elsewhere|Public|NaughtyStrings' ./internal/form/... ./sync/exchange

# The pages: what people wrote, and below the line what was found.
bad=0
page() {
	local file=$1 line='<!-- below: written by make evaluator -->'
	{ sed "/^$line\$/q" "$file"; echo; cat "${@:2}"; } >"$work/page.md"
	if [ -n "${UPDATE:-}" ]; then
		cp "$work/page.md" "$file"
	elif ! diff -u "$file" "$work/page.md"; then
		echo "evaluator: $file is out of date; run UPDATE=1 make evaluator and look at what changed" >&2
		bad=1
	fi
}
printf '## The specification of the other engine\n\n' >"$work/report/1"
printf '\n## Our table, asked there\n\n' >"$work/report/2"
page docs/evaluator.md "$work"/report/{1,SPECIFICATION.md,2,CORPUS.md}
page docs/forms-refused.md "$work"/report/{REASONS,PUBLIC}.md
exit $bad
