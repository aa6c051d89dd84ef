# What a sample costs the target, as we see it and as it sees it itself.

freeze()
{
	local stop during gb
	gap >/dev/null
	stats --freeze="$1"
	stop=$(number stop_ns)
	during=$(gap)
	gb=$(calc "$bytes / 2^30" 3)
	sleep "$after"
	if [ "$1" = copy ]; then
		row "copy: stop" "$(ms "$stop")" "$(ratio "$stop" "$bare")x" \
			1.3x "$(ratio "$stop" "$bare")"
	else
		row "fork: stop" "$(ms "$stop")" "$(ratio "$stop" "$bare")x" \
			"50 ms/GB" "$(calc "$stop / 1e6 / $gb" 1)"
		row "fork: stop a GB" "$(calc "$stop / 1e6 / $gb" 1) ms"
		"$tools/ask" fork "$bytes" >"$dir/told" &&
			row "fork: against a fork() of as much memory" \
				"$(ms "$(told fork)")" \
				"$(ratio "$stop" "$(told fork)")x"
		row "fork: registers not the thread's own" \
			"$(ms "$(number open_ns)")"
		row "fork: one thread stood to reap" \
			"$(ms "$(number reap_ns)")"
		row "fork: age of the image" "$(ms "$(number image_ns)")"
		row "fork: copied on write" "$(($(number cow_bytes) >> 20)) MiB"
	fi
	row "$1: largest gap of its 1 ms ticker" "$(ms "$during")" \
		"$(ratio "$during" "$bare")x"
	row "$1: largest gap in the $after s after" "$(ms "$(gap)")"
}

# The same maps, bit for bit: addresses, figures, owners, retained sizes.
same_result()
{
	local mode
	for mode in copy fork; do
		"$mapscope" maps "$pid" --group none --csv --max-stop 60s \
			--columns addr,owner,entries,live,storage,retained \
			--freeze=$mode | sort >"$dir/maps.$mode"
	done
	if [ ! -s "$dir/maps.copy" ]; then
		absent "fork finds what copy finds" "no maps"
	elif cmp -s "$dir/maps.copy" "$dir/maps.fork"; then
		row "fork finds what copy finds" \
			"$(($(wc -l <"$dir/maps.fork") - 1)) maps" same
	else
		row "fork finds what copy finds" \
			"$(diff "$dir/maps.copy" "$dir/maps.fork" |
				grep -c '^[<>]') lines" DIFFERENT
	fi
}

bench_stop()
{
	local mb sizes="100 1000"
	[ -z "$long" ] || sizes="100 1000 4000 8000"
	for mb in $sizes; do
		big $((mb * 5 / 2 + 1000)) -tick -mb "$mb" -objects 100000 \
			-maps 1000 || continue
		yardstick
		head_row "stop: $((bytes >> 20)) MiB resident" "/bare copy"
		row "bare copy, one thread" "$(ms "$bare")" 1.00x
		freeze copy
		freeze fork
		same_result
		end_big
	done
}
