#!/bin/bash
# Runs test programs and ends with the line "N passed, N failed".
#
# usage: run_tests.sh [--go] PROGRAM...
#   --go  get the Go toolchains first; no Go process tested is a failure
#
# Each program writes TAP. What was tested on a Go process is noted by the
# programs as a line "VERSION FAMILY" in the file $MAPSCOPE_TESTED. As many
# programs run at a time as there are processors, $TEST_JOBS if that is set.
set -u
here=$(cd "$(dirname "$0")" && pwd)
need_go=
[ "${1:-}" = --go ] && { need_go=1; shift; }

export MAPSCOPE_GO_CACHE=${MAPSCOPE_GO_CACHE:-$HOME/.cache/mapscope/go}
export CMOCKA_MESSAGE_OUTPUT=TAP
# A partial sample is right on a slow machine, and not what most tests are for.
export MAPSCOPE_MAX_STOP=30s
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export MAPSCOPE_TESTED=$work/tested
# Tests run it from folders of their own.
[ -z "${MAPSCOPE:-}" ] || MAPSCOPE=$(realpath "$MAPSCOPE")
# Reports of a sanitizer, of whatever process, are no text that a test sees.
reports=$work/reports
mkdir "$reports"
export ASAN_OPTIONS=exitcode=99:log_path=$reports/asan
export UBSAN_OPTIONS=print_stacktrace=1:log_path=$reports/ubsan
export TSAN_OPTIONS=exitcode=99:log_path=$reports/tsan
: >"$MAPSCOPE_TESTED"
: >"$work/counts"
failed=0

[ -z "$need_go" ] || "$here/get_go.sh" >"$work/go"
export MAPSCOPE_TARGETS=$work/targets
"$here/build_targets.sh" "$MAPSCOPE_TARGETS" || failed=1
# One binary of each release is read beside readelf.
MAPSCOPE_TEST_BINARIES=$(find "$MAPSCOPE_TARGETS" -name 'holders-*' |
	sort | paste -sd:)
export MAPSCOPE_TEST_BINARIES

# run PROGRAM: what it says if it fails, and a line "PASSED FAILED SKIPPED" in counts
run()
{
	local program=$1 begin=$SECONDS code good bad skipped
	local log=$work/${program//\//_}
	timeout "${TEST_TIMEOUT:-900}" "$program" >"$log" 2>"$log.err" \
		</dev/null
	code=$?
	cat "$log.err" >>"$log"
	# What is skipped has neither passed nor failed.
	grep '^\(not \)\?ok .*# SKIP' "$log" >"$log.skipped"
	sed -i '/^\(not \)\?ok .*# SKIP/d' "$log"
	good=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	[ "$code" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	skipped=$(wc -l <"$log.skipped")
	[ "$code" != 0 ] || [ $((good + bad + skipped)) -gt 0 ] || bad=1
	{
		flock 9
		echo "== $program: $good passed, $((SECONDS - begin)) s"
		sed 's/.*# SKIP/   skipped:/' "$log.skipped"
		if [ "$bad" -gt 0 ]; then
			echo "   exit code $code"
			grep -v '^ok ' "$log" | tail -60
		fi
		echo "$good $bad $skipped" >>"$work/counts"
	} 9>"$work/lock"
}

jobs=${TEST_JOBS:-$(nproc)}
for program; do
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	run "$program" &
done
wait
passed=$(awk '{ n += $1 } END { print n + 0 }' "$work/counts")
failed=$((failed + $(awk '{ n += $2 } END { print n + 0 }' "$work/counts")))

if [ -n "$need_go" ]; then
	tested=$(sort -u "$MAPSCOPE_TESTED" | sed 's/^/  /')
	printf 'Go processes tested:\n%s\n' "${tested:-  none}"
	for family in classic swiss; do
		grep -q " $family$" "$MAPSCOPE_TESTED" && continue
		echo "no process with $family maps was tested"
		failed=$((failed + 1))
	done
fi
for report in "$reports"/*; do
	[ -e "$report" ] || continue
	head -40 "$report"
	failed=$((failed + 1))
done
skipped=$(awk '{ n += $3 } END { print n + 0 }' "$work/counts")
[ "$skipped" = 0 ] || echo "$skipped skipped, see above"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
