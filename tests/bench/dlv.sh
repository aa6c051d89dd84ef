# Another debugger on the same process: until it answers a first question.

bench_dlv()
{
	local dlv since theirs ours
	head_row "until the first answer, 1 GB heap" "/dlv"
	dlv=$(command -v dlv || echo "${BENCH_DLV:-}")
	if [ -z "$dlv" ]; then
		absent "dlv" "not present"
		return
	fi
	big 4000 -tick -mb 1000 -objects 100000 -maps 1000 || return
	echo "print main.wide" >"$dir/dlv.init"
	echo "exit" >>"$dir/dlv.init"
	gap >/dev/null
	since=$(date +%s%N)
	echo n | timeout 120 "$dlv" attach "$pid" --init "$dir/dlv.init" \
		--allow-non-terminal-interactive=true >"$dir/dlv.out" 2>&1
	theirs=$(($(date +%s%N) - since))
	grep -q "map\[int\]int" "$dir/dlv.out" || {
		absent "dlv attach" "failed"
		end_big
		return
	}
	row "dlv attach, print, detach" "$(ms "$theirs")" 1.00x
	row "  largest gap of the target's ticker" "$(ms "$(gap)")"
	since=$(date +%s%N)
	"$mapscope" print "$pid" main.wide >/dev/null
	ours=$(($(date +%s%N) - since))
	row "mapscope print, whole analysis included" "$(ms "$ours")" \
		"$(ratio "$ours" "$theirs")x"
	row "  largest gap of the target's ticker" "$(ms "$(gap)")"
	"$tools/ask" screen FINDINGS "$mapscope" "$pid" >"$dir/told" &&
		row "mapscope, first screen" "$(ms "$(told screen)")" \
			"$(ratio "$(told screen)" "$theirs")x" 1x \
			"$(ratio "$(told screen)" "$theirs")"
	end_big
}
