# Snapshots against the bare copy and against zstd.

# whole FILE: a row of what reading all of it takes
whole()
{
	local since
	since=$(date +%s%N)
	"$mapscope" stats "$1" --json >"$dir/json"
	row "open, all of it" "$(ms "$(($(date +%s%N) - since))")"
}

full()
{
	local since took stop speed theirs raw
	big 5000 -mb 1000 -objects 1000000 -maps 10000 || return
	yardstick
	stats
	stop=$(number stop_ns)
	head_row "snapshot, level full: $((bytes >> 20)) MiB resident"
	since=$(date +%s%N)
	"$mapscope" snapshot "$pid" -o "$dir/full.msnap" --level full \
		--max-stop 60s --json >"$dir/json" 2>/dev/null
	took=$(($(date +%s%N) - since))
	"$mapscope" stats "$dir/full.msnap" --json >"$dir/json"
	row "stop" "$(ms "$(number stop_ns)")" \
		"$(ratio "$(number stop_ns)" "$stop")x copy" 1.3x \
		"$(ratio "$(number stop_ns)" "$stop")"
	raw=$(number copied_bytes)
	row "file" "$(($(stat -c %s "$dir/full.msnap") >> 20)) MiB" \
		"$(ratio "$(stat -c %s "$dir/full.msnap")" "$raw")x"
	# What the write takes: all of the command but the sample.
	since=$(date +%s%N)
	"$mapscope" stats "$pid" --json --max-stop 60s >/dev/null
	since=$(($(date +%s%N) - since))
	took=$((took > since ? took - since : 1))
	speed=$(calc "$raw / 1048576 / ($took / 1e9)")
	if command -v zstd >/dev/null; then
		"$mapscope" snapshot "$pid" -o "$dir/raw.core" --elf \
			--max-stop 60s >/dev/null 2>&1
		theirs=$(date +%s%N)
		zstd -q -1 -T0 -f "$dir/raw.core" -o "$dir/raw.zst"
		theirs=$(($(date +%s%N) - theirs))
		theirs=$(calc "$(stat -c %s "$dir/raw.core") / 1048576 / \
			($theirs / 1e9)")
		row "compress and write" "$speed MiB/s" \
			"$(ratio "$speed" "$theirs")x"
		row "zstd -1 -T0 of a core of it" "$theirs MiB/s" 1.00x
		row "  time of zstd / ours" "$(ratio "$theirs" "$speed")" "" \
			"1.67 (60%)" "$(ratio "$theirs" "$speed")"
	else
		row "compress and write" "$speed MiB/s"
		absent "zstd" "not present"
	fi
	rm -f "$dir"/raw.*
	"$tools/ask" screen FINDINGS "$mapscope" "$dir/full.msnap" \
		>"$dir/told" || return
	row "open, first screen" "$(ms "$(told screen)")" "" "1000 ms" \
		"$(calc "$(told screen) / 1e6" 1)"
	whole "$dir/full.msnap"
	row "  of it: the analysis, as of the process" \
		"$(ms "$(number analysis_ns)")"
	end_big
}

many_maps()
{
	local count=100000
	[ -z "$long" ] || count=1000000
	big 6000 -mb 0 -objects 1000 -maps "$count" -each 2 || return
	head_row "snapshot, level maps: $count maps"
	"$mapscope" snapshot "$pid" -o "$dir/maps.msnap" --level maps \
		--max-stop 60s >/dev/null 2>&1
	row "file" "$(($(stat -c %s "$dir/maps.msnap") >> 20)) MiB"
	"$tools/ask" screen FINDINGS "$mapscope" "$dir/maps.msnap" \
		>"$dir/told" || return
	row "open, first screen" "$(ms "$(told screen)")" "" "300 ms" \
		"$(calc "$(told screen) / 1e6" 1)"
	whole "$dir/maps.msnap"
	end_big
}

bench_snapshot()
{
	full
	many_maps
}
