#!/bin/bash
# Runs test programs and ends with the line "N passed, N failed".
#
# usage: run_tests.sh [--go] PROGRAM...
#   --go  get the Go toolchains first; no Go process tested is a failure
#
# Each program writes TAP. What was tested on a Go process is noted by the
# programs as a line "VERSION FAMILY" in the file $MAPSCOPE_TESTED.
set -u
here=$(cd "$(dirname "$0")" && pwd)
need_go=
[ "${1:-}" = --go ] && { need_go=1; shift; }

export MAPSCOPE_GO_CACHE=${MAPSCOPE_GO_CACHE:-$HOME/.cache/mapscope/go}
export CMOCKA_MESSAGE_OUTPUT=TAP
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export MAPSCOPE_TESTED=$work/tested
# Tests run it from folders of their own.
[ -z "${MAPSCOPE:-}" ] || MAPSCOPE=$(realpath "$MAPSCOPE")
: >"$MAPSCOPE_TESTED"
passed=0
failed=0

[ -z "$need_go" ] || "$here/get_go.sh" >"$work/go"
export MAPSCOPE_TARGETS=$work/targets
"$here/build_targets.sh" "$MAPSCOPE_TARGETS" || failed=1
# One binary of each release is read beside readelf.
MAPSCOPE_TEST_BINARIES=$(ls "$MAPSCOPE_TARGETS"/holders-* 2>/dev/null |
	paste -sd:)
export MAPSCOPE_TEST_BINARIES
for program; do
	begin=$SECONDS
	timeout "${TEST_TIMEOUT:-900}" "$program" >"$work/out" 2>"$work/err" \
		</dev/null
	code=$?
	echo "== $program ($((SECONDS - begin)) s)"
	cat "$work/out" "$work/err" >"$work/all"
	good=$(grep -c '^ok ' "$work/all")
	bad=$(grep -c '^not ok ' "$work/all")
	[ "$code" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ "$code" != 0 ] || [ "$good" -gt 0 ] || [ "$bad" -gt 0 ] || bad=1
	if [ "$bad" -gt 0 ]; then
		echo "   exit code $code"
		grep -v '^ok ' "$work/all" | tail -60
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
done

if [ -n "$need_go" ]; then
	tested=$(sort -u "$MAPSCOPE_TESTED" | sed 's/^/  /')
	printf 'Go processes tested:\n%s\n' "${tested:-  none}"
	for family in classic swiss; do
		grep -q " $family$" "$MAPSCOPE_TESTED" && continue
		echo "no process with $family maps was tested"
		failed=$((failed + 1))
	done
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
