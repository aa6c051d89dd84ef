#!/bin/bash
# Figures as ratios within one run: every row measures the bare copy of the
# same process right before it.
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
gcc -O2 -D_GNU_SOURCE -o "$dir/bare_copy" "$top/tests/bench/bare_copy.c" ||
	exit 1
mkfifo "$dir/in"

# number NAME: the value of a field of the statistics
number()
{
	sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$dir/json" | head -1
}

# row WHAT FIGURE RATIO
row()
{
	printf '%-34s %14s %10s\n' "$@"
}

ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2fx", b ? a / b : 0 }'
}

ms()
{
	awk -v n="$1" 'BEGIN { printf "%.0f ms", n / 1e6 }'
}

measure()
{
	local bare bytes objects rss
	"$dir/big" -tick "$@" <"$dir/in" >"$dir/out" &
	pid=$!
	exec 7>"$dir/in"
	for _ in $(seq 600); do
		grep -q READY "$dir/out" && break
		sleep 0.1
	done
	read -r bytes bare < <("$dir/bare_copy" "$pid")
	/usr/bin/time -f %M -o "$dir/rss" "$mapscope" stats "$pid" --json --max-stop 60s \
		>"$dir/json"
	rss=$(cat "$dir/rss")
	objects=$(number live_objects)
	echo
	echo "big $*: $((bytes >> 20)) MiB resident, $objects objects"
	row "what" "figure" "of bare copy"
	row "bare copy, one thread" "$(ms "$bare")" 1.00x
	row "stop of the target" "$(ms "$(number stop_ns)")" \
		"$(ratio "$(number stop_ns)" "$bare")"
	row "read the binary" "$(ms "$(number index_ns)")" ""
	row "prepare, copy" "$(ms "$(number copy_ns)")" \
		"$(ratio "$(number copy_ns)" "$bare")"
	row "graph, owners, maps, retained" "$(ms "$(number analysis_ns)")" \
		"$(ratio "$(number analysis_ns)" "$bare")"
	row "analysis per object" \
		"$(($(number analysis_ns) / (objects ? objects : 1))) ns" ""
	row "memory beyond the copy, per object" \
		"$(((rss * 1024 - $(number copied_bytes)) /
			(objects ? objects : 1))) B" ""
	for mode in copy fork; do
		latency "$mode"
	done
	exec 7>&-
	wait "$pid"
	pid=
}

# The largest gap of the target's own ticker since the last call, in ns.
gap()
{
	local lines
	lines=$(wc -l <"$dir/out")
	kill -USR1 "$pid"
	for _ in $(seq 100); do
		[ "$(wc -l <"$dir/out")" -gt "$lines" ] && break
		sleep 0.05
	done
	tail -1 "$dir/out" | sed 's/[^0-9]//g'
}

# What the target sees of a sample, in it and for a while after.
latency()
{
	local during
	gap >/dev/null
	"$mapscope" stats "$pid" --json --max-stop 60s --freeze="$1" \
		>"$dir/json"
	during=$(gap)
	sleep "${BENCH_AFTER:-5}"
	row "--freeze=$1: stop" "$(ms "$(number stop_ns)")" ""
	row "  seen by the target's ticker" "$(ms "$during")" ""
	row "  in the ${BENCH_AFTER:-5} s after" "$(ms "$(gap)")" ""
	[ "$1" = fork ] || return
	row "  age of the image" "$(ms "$(number image_ns)")" ""
	row "  copied on write" "$(($(number cow_bytes) >> 20)) MiB" ""
}

nproc=$(nproc)
echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)," \
	"$nproc processors, load $(cut -d' ' -f1 /proc/loadavg)"
measure -mb 100 -objects 1000 -maps 100
measure -mb 100 -objects 1000000 -maps 10000
measure -mb 1000 -objects 1000000 -maps 50000
measure -mb 1000 -objects 10000000 -maps 50000
measure -mb 4000 -objects 1000000 -maps 50000
