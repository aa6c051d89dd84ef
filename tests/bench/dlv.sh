# Another debugger on the same process: until it answers a first question.

# The same program with the Go compiler linked in: a binary of some 30 MB.
build_large()
{
	local from
	from=$("$go" env GOROOT)/src/cmd/compile
	[ -s "$from/main.go" ] || return
	sed 's/^func main() {/func compileMain() {/' "$from/main.go" \
		>"$dir/compile.go"
	sed 's/^func main() {/&\nif len(os.Args) > 5000 {\ncompileMain()\n}/' \
		"$top/tests/targets/big.go" >"$dir/large.go"
	printf '{"Replace": {"%s": "%s", "%s": "%s"}}\n' \
		"$from/main.go" "$dir/large.go" \
		"$from/other.go" "$dir/compile.go" >"$dir/overlay.json"
	(cd "$dir" && "$go" build -overlay overlay.json -o large cmd/compile)
}

# until_prompt DLV: attached, and the line of commands read
until_prompt()
{
	local since
	echo "exit" >"$dir/dlv.init"
	since=$(date +%s%N)
	echo n | timeout 120 "$1" attach "$pid" --init "$dir/dlv.init" \
		--allow-non-terminal-interactive=true >"$dir/dlv.out" 2>&1 ||
		return
	theirs=$(($(date +%s%N) - since))
}

# first_screen DLV WHAT: the better of three each, in turn
first_screen()
{
	local least= ours= _
	for _ in 1 2 3; do
		until_prompt "$1" || {
			absent "dlv attach" "failed"
			return
		}
		[ -n "$least" ] && [ "$least" -le "$theirs" ] || least=$theirs
		"$tools/ask" screen FINDINGS "$mapscope" "$pid" \
			>"$dir/told" || return
		[ -n "$ours" ] && [ "$ours" -le "$(told screen)" ] ||
			ours=$(told screen)
	done
	row "dlv attach until its prompt, $2" "$(ms "$least")" 1.00x
	row "mapscope, first screen" "$(ms "$ours")" \
		"$(ratio "$ours" "$least")x" 1x "$(ratio "$ours" "$least")"
}

ask_both()
{
	local since theirs ours
	echo "print main.wide" >"$dir/dlv.init"
	echo "exit" >>"$dir/dlv.init"
	gap >/dev/null
	since=$(date +%s%N)
	echo n | timeout 120 "$1" attach "$pid" --init "$dir/dlv.init" \
		--allow-non-terminal-interactive=true >"$dir/dlv.out" 2>&1
	theirs=$(($(date +%s%N) - since))
	grep -q "map\[int\]int" "$dir/dlv.out" || {
		absent "dlv attach" "failed"
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
}

bench_dlv()
{
	local dlv theirs
	head_row "until the first answer, 1 GB heap" "/dlv"
	dlv=$(command -v dlv || echo "${BENCH_DLV:-}")
	if [ -z "$dlv" ]; then
		absent "dlv" "not present"
		return
	fi
	big 4000 -tick -mb 1000 -objects 100000 -maps 1000 || return
	ask_both "$dlv"
	first_screen "$dlv" "2 MB binary"
	end_big
	build_large || {
		absent "cmd/compile" "cannot be built"
		return
	}
	program=$dir/large
	big 4000 -tick -mb 1000 -objects 100000 -maps 1000 &&
		first_screen "$dlv" "30 MB binary" && end_big
	program=$dir/big
}
