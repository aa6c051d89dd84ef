# Helpers of bench.sh: one target at a time, numbers, rows.

# number NAME: the value of a field of the last statistics
number()
{
	sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$dir/json" | head -1
}

# told NAME: of the last answers of ask
told()
{
	sed -n "s/^$1 //p" "$dir/told"
}

calc()
{
	awk "BEGIN { printf \"%.${2:-0}f\", $1 }" 2>/dev/null || echo 0
}

ratio()
{
	awk -v a="${1:-0}" -v b="${2:-0}" \
		'BEGIN { printf "%.2f", b ? a / b : 0 }'
}

ms()
{
	awk -v n="${1:-0}" 'BEGIN { printf n < 1e7 ? "%.2f ms" : "%.0f ms", n / 1e6 }'
}

head_row()
{
	echo
	echo "$1"
	printf '  %-40s %12s %10s  %s\n' "" figure "${2:-ratio}" goal
}

# row WHAT FIGURE [RATIO [GOAL VALUE]]: VALUE may be at most GOAL
row()
{
	local verdict=
	[ $# -lt 5 ] || verdict="<= $4: $(awk -v v="$5" -v g="$4" \
		'BEGIN { print v + 0 <= g + 0 ? "met" : "missed" }')"
	printf '  %-40s %12s %10s  %s\n' "$1" "$2" "${3:-}" "$verdict"
}

absent()
{
	printf '  %-40s %12s\n' "$1" "$2"
}

# Memory that a virtual machine has never used is slow at first, for all.
warm_up()
{
	"$mapscope" stats "$pid" --max-stop 60s >/dev/null
}

# big ARGUMENTS: starts $program and waits until it is filled; false: no room
big()
{
	local need=$1 free
	shift
	free=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
	if [ "$free" -lt "$need" ]; then
		head_row "big $*"
		absent "not measured: $need MiB needed" "$free MiB"
		return 1
	fi
	"$program" "$@" <"$dir/in" >"$dir/out" &
	pid=$!
	exec 7>"$dir/in"
	for _ in $(seq 3000); do
		grep -q READY "$dir/out" && warm_up && return 0
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

end_big()
{
	exec 7>&-
	wait "$pid"
	pid=
}

# stats ARGUMENTS: into $dir/json, $rss in KiB, $wall in ns
stats()
{
	local since
	since=$(date +%s%N)
	/usr/bin/time -f %M -o "$dir/rss" "$mapscope" stats "$pid" --json \
		--max-stop 60s "$@" >"$dir/json"
	wall=$(($(date +%s%N) - since))
	rss=$(tail -1 "$dir/rss")
}

# The better of two: what else runs on the machine makes it slower only.
yardstick()
{
	local again
	read -r bytes bare < <("$tools/bare_copy" "$pid")
	read -r bytes again < <("$tools/bare_copy" "$pid")
	[ "$again" -ge "$bare" ] || bare=$again
}

# The largest gap of the target's own ticker since the last call, in ns.
gap()
{
	local lines
	lines=$(wc -l <"$dir/out")
	kill -USR1 "$pid"
	for _ in $(seq 200); do
		[ "$(wc -l <"$dir/out")" -gt "$lines" ] && break
		sleep 0.05
	done
	tail -1 "$dir/out" | sed 's/[^0-9]//g'
}
