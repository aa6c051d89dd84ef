# The whole analysis against the bare copy of the same bytes.

analyse()
{
	local objects graph dominators extra
	big "$@" || return
	yardstick
	stats
	objects=$(number live_objects)
	graph=$(($(number runtime_ns) + $(number mark_ns) +
		$(number references_ns)))
	head_row "analysis: $((bytes >> 20)) MiB resident, $objects objects" \
		"/bare copy"
	echo "  big $*"
	row "bare copy, one thread" "$(ms "$bare")" 1.00x
	row "read the binary" "$(ms "$(number index_ns)")"
	row "prepare and copy, the target runs" "$(ms "$(number copy_ns)")" \
		"$(ratio "$(number copy_ns)" "$bare")x"
	row "stop" "$(ms "$(number stop_ns)")" \
		"$(ratio "$(number stop_ns)" "$bare")x" 1.3x \
		"$(ratio "$(number stop_ns)" "$bare")"
	row "graph and owners" "$(ms "$graph")" "$(ratio "$graph" "$bare")x" \
		3x "$(ratio "$graph" "$bare")"
	row "whole analysis" "$(ms "$(number analysis_ns)")" \
		"$(ratio "$(number analysis_ns)" "$bare")x" \
		3x "$(ratio "$(number analysis_ns)" "$bare")"
	row "  of it: mark and type" "$(ms "$(number mark_ns)")"
	row "  of it: references, maps" "$(ms "$(number references_ns)")"
	row "  of it: dominators" "$(ms "$(number dominators_ns)")"
	extra=$(((rss * 1024 - $(number copied_bytes)) - (64 << 20)))
	[ "$extra" -gt 0 ] || extra=0
	row "memory beyond copy + 64 MB, an object" \
		"$((extra / objects)) B" "" "60 B" $((extra / objects))
	if [ "$objects" -gt 100000 ]; then
		stats --threads 1
		dominators=$(($(number dominators_ns) / objects))
		row "dominators, one core, an object" "$dominators ns" "" \
			"150 ns" "$dominators"
	fi
	histogram
	end_big
}

# Types of all objects, on top of the same analysis.
histogram()
{
	local since with
	stats
	with=$wall
	since=$(date +%s%N)
	"$mapscope" types "$pid" --max-stop 60s >/dev/null
	since=$(($(date +%s%N) - since))
	row "types of all objects, whole command" "$(ms "$since")" \
		"$(ratio "$since" "$with")x stats"
}

bench_analysis()
{
	analyse 1000 -mb 100 -objects 1000 -maps 100
	analyse 1500 -mb 100 -objects 1000000 -maps 10000
	analyse 4000 -mb 1000 -objects 1000000 -maps 50000
	[ -n "$long" ] || return
	analyse 6000 -mb 0 -objects 17000000 -lists 100001 -mixed -maps 1000
	analyse 6000 -mb 0 -objects 17000000 -lists 100001 -random -maps 1000
	analyse 6000 -mb 0 -objects 17000000 -lists 1000000 -maps 1000
	analyse 6000 -mb 0 -objects 17000000 -lists 1000 -maps 1000
	analyse 10000 -mb 4000 -objects 1000000 -maps 50000
	analyse 21000 -mb 6500 -objects 30000000 -maps 50000
	if ! command -v grf >/dev/null; then
		head_row "analysis against goref"
		absent "goref (grf)" "not present"
	fi
}
