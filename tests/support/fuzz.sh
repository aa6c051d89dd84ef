#!/bin/bash
# Builds and runs every tests/fuzz/fuzz_*.c with libFuzzer.
#
# usage: fuzz.sh SECONDS
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-60}
command -v clang >/dev/null || { echo "fuzz: needs clang" >&2; exit 1; }
dir=build/fuzz
mkdir -p "$dir"
read -ra flags < <(pkg-config --cflags --libs libelf ncursesw zlib sqlite3 \
	libzstd jansson | tr '\n' ' ')
sources=()
for source in dwarf/*.c core/*/*.c tui/*.c tui/*/*.c; do
	[ -f "$source" ] && [ "$source" != tui/main.c ] && sources+=("$source")
done
for target in tests/fuzz/fuzz_*.c; do
	name=$(basename "$target" .c)
	echo "== $name, $seconds s"
	mkdir -p "$dir/$name.corpus"
	clang -std=c17 -g -O1 -D_GNU_SOURCE -I. -DMAPSCOPE_VERSION='"fuzz"' \
		-fsanitize=fuzzer,address,undefined -o "$dir/$name" \
		"$target" "${sources[@]}" -ldwarf "${flags[@]}" -lpthread -lm ||
		exit 1
	"$dir/$name" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 \
		-artifact_prefix="$dir/$name." "$dir/$name.corpus" \
		>"$dir/$name.log" 2>&1 || { tail -40 "$dir/$name.log"; exit 1; }
	grep number_of_executed "$dir/$name.log"
done
