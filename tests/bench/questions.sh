# One big map, and what is asked after the analysis.

bench_questions()
{
	local walk name
	big 2500 -mb 100 -objects 1000000 -maps 20000 -wide 1000000 || return
	"$tools/ask" live "$pid" >"$dir/told" || return
	walk=$(ratio "$(told figures)" "$(told pass)")
	head_row "a map of $(told entries) entries, processor time" "/one pass"
	row "one pass over $(($(told storage) >> 20)) MiB" \
		"$(ms "$(told pass)")" 1.00x
	row "walk of all slots: figures" "$(ms "$(told figures)")" "${walk}x" \
		2x "$walk"
	row "address of every entry" "$(ms "$(told walk)")" \
		"$(ratio "$(told walk)" "$(told pass)")x"
	row "seek to the middle" "$(ms "$(told seek)")" "" 50 \
		"$(calc "$(told seek) / 1e6" 2)"
	head_row "after the analysis of $(told objects) objects, processor time"
	for name in expression expression_2 references references_2 detail \
		list_maps list_maps_page list_objects list_objects_page; do
		row "$name" "$(ms "$(told $name)")" "" "50 ms" \
			"$(calc "$(told $name) / 1e6" 2)"
	done
	end_big
}
