#!/bin/bash
# Builds and runs every tests/fuzz/fuzz_*.c with libFuzzer.
#
# usage: fuzz.sh SECONDS [NAME...]    NAME: fuzz_map for tests/fuzz/fuzz_map.c
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-60}
shift
command -v clang >/dev/null || { echo "fuzz: needs clang" >&2; exit 1; }
[ $# -gt 0 ] || set -- tests/fuzz/fuzz_*.c
dir=build/fuzz
mkdir -p "$dir"
flags='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined'
# An archive: a fuzzer links only what it uses, and may stand in for the rest.
make --no-print-directory -s -j"$(nproc)" B="$dir" BUILD=fuzz CC=clang \
	OPT_fuzz="$flags -fsanitize=fuzzer-no-link" \
	"$dir/fuzz/libmapscope.a" || exit 1
read -ra libs < <(pkg-config --libs libelf ncursesw zlib sqlite3 libzstd \
	jansson | tr '\n' ' ')
for name; do
	name=$(basename "$name" .c)
	echo "== $name, $seconds s"
	mkdir -p "$dir/$name.corpus"
	# shellcheck disable=SC2086
	clang -std=c17 $flags -D_GNU_SOURCE -I. -fsanitize=fuzzer \
		-o "$dir/$name" "tests/fuzz/$name.c" "$dir/fuzz/libmapscope.a" \
		-ldwarf "${libs[@]}" -lpthread -lm -lcmocka || exit 1
	"$dir/$name" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 \
		-artifact_prefix="$dir/$name." "$dir/$name.corpus" \
		>"$dir/$name.log" 2>&1 || { tail -40 "$dir/$name.log"; exit 1; }
	grep number_of_executed "$dir/$name.log"
done
