#!/bin/bash
# Figures as ratios within one run: every row has its peer measured right
# before it on the same process or file. A peer that is missing is named.
#
# usage: bench.sh MAPSCOPE TOOLS [SECTION...]
#   sections: stop analysis questions index dlv snapshot; all without any
#   BENCH_LONG=1    8 GB, 17 and 30 million objects, 1,000,000 maps
#   BENCH_AFTER=60  seconds that the target is watched after a sample (5)
set -u
mapscope=$1
tools=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
long=${BENCH_LONG:-}
after=${BENCH_AFTER:-5}
dir=$(mktemp -d) || exit 1
pid=
finish()
{
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
# shellcheck disable=SC2012 # our own cache: plain names
go=$(command -v go || ls "$HOME"/.cache/mapscope/go/1.*/bin/go 2>/dev/null |
	sort -V | tail -1)
GO111MODULE=off "$go" build -o "$dir/big" "$top/tests/targets/big.go" || exit 1
program=$dir/big
mkfifo "$dir/in"
. "$here/lib.sh"
. "$here/stop.sh"
. "$here/analysis.sh"
. "$here/questions.sh"
. "$here/index.sh"
. "$here/dlv.sh"
. "$here/snapshot.sh"

nproc=$(nproc)
echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)," \
	"$nproc processors, load $(cut -d' ' -f1 /proc/loadavg)," \
	"$("$go" version | cut -d' ' -f3)"
[ $# -gt 0 ] || set -- stop analysis questions index dlv snapshot
for section; do
	"bench_$section"
done
