#!/bin/bash
# Writes tests/golden anew; what changed is to be looked at.
#
# usage: write_golden.sh PROGRAM...    with $MAPSCOPE
#
# The screens of a process are of targets in $MAPSCOPE_TARGETS, or built here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export MAPSCOPE_GOLDEN=write MAPSCOPE_MAX_STOP=30s
if [ -z "${MAPSCOPE_TARGETS:-}" ]; then
	MAPSCOPE_TARGETS=$(mktemp -d)
	trap 'rm -rf "$MAPSCOPE_TARGETS"' EXIT
	export MAPSCOPE_TARGETS
	MAPSCOPE_GO_CACHE=${MAPSCOPE_GO_CACHE:-$HOME/.cache/mapscope/go}
	export MAPSCOPE_GO_CACHE
	"$here/get_go.sh" >/dev/null
	"$here/build_targets.sh" "$MAPSCOPE_TARGETS" holders
fi
for program; do
	"$program"
done
