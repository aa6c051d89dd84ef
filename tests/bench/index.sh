# Debug information: the Go compiler is a binary that is at hand everywhere.

bench_index()
{
	local file=${BENCH_BINARY:-$dir/compile}
	[ -n "${BENCH_BINARY:-}" ] ||
		"$go" build -o "$file" cmd/compile 2>/dev/null
	if [ ! -s "$file" ]; then
		head_row "index"
		absent "cmd/compile" "cannot be built"
		return
	fi
	"$tools/ask" index "$file" >"$dir/told" || return
	head_row "index of a binary of $(($(told bytes) >> 20)) MiB," "/one pass"
	row "one pass over the file" "$(ms "$(told pass)")" 1.00x
	row "open and index, processor time" "$(ms "$(told index)")" \
		"$(ratio "$(told index)" "$(told pass)")x"
	row "open and index, wall" "$(ms "$(told index_wall)")" \
		"$(ratio "$(told index_wall)" "$(told pass)")x" "150 ms" \
		"$(calc "$(told index_wall) / 1e6" 1)"
}
