#!/bin/bash
# Time and memory of `mapscope maps` on processes of several sizes.
#
# usage: bench.sh MAPSCOPE
set -u
mapscope=${1:-build/mapscope}
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d) || exit 1
pid=
finish()
{
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
go=$(command -v go || echo /usr/local/go/bin/go)
GO111MODULE=off "$go" build -o "$dir/big" "$top/tests/targets/big.go" || exit 1
mkfifo "$dir/in"

measure()
{
	"$dir/big" "$@" <"$dir/in" >"$dir/out" &
	pid=$!
	exec 7>"$dir/in"
	for _ in $(seq 600); do
		grep -q READY "$dir/out" && break
		sleep 0.1
	done
	local from to code
	from=$(date +%s%N)
	"$mapscope" maps "$pid" --group none --json >"$dir/json"
	code=$?
	to=$(date +%s%N)
	echo "$*: $(((to - from) / 1000000)) ms, exit code $code," \
		"stopped $(sed -n 's/.*"stop_ns": *\([0-9]*\).*/\1/p' \
			"$dir/json" | head -1) ns"
	exec 7>&-
	wait "$pid"
	pid=
}
measure -mb 64 -objects 100000 -maps 1000
measure -mb 512 -objects 5000000 -maps 100000
