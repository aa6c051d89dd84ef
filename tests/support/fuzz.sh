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
packages=(libelf ncursesw zlib sqlite3 libzstd jansson)
pkg-config --exists libdeflate && packages+=(libdeflate)
read -ra libs < <(pkg-config --libs "${packages[@]}" | tr '\n' ' ')
# What a fuzzer would not find by itself: files that are nearly right.
seed_dwarf() {
	local version

	# Language 22 is Go.
	printf '%s\n' 'struct list { struct list *next; int values[4]; };' \
		'typedef struct list entry; entry head; const char *name;' \
		'__attribute__((section(".go.buildinfo"), aligned(16)))' \
		'const char info[] = "\xff Go buildinf:\b\x02" "\0\0\0\0\0\0"' \
		'"\0\0\0\0\0\0\0\0\0" "\x08go1.26.1" "\x0cpath\tp\nmod\tm";' \
		'static inline int sum(entry *e, int n)' \
		'{ return n ? e->values[n & 3] + sum(e, n - 1) : 0; }' \
		'int main(int n, char **v) { name = v[0]; return sum(&head, n); }' \
		>"$1/seed.c"
	for version in 4 5; do
		clang -O1 -gdwarf-$version -S -o - "$1/seed.c" |
			sed '/DW_AT_language/s/[0-9][0-9]*/22/' >"$1/seed.s"
		clang -o "$1/exe$version" "$1/seed.s"
		clang -c -o "$1/obj$version" "$1/seed.s"
		objcopy --compress-debug-sections=zlib-gabi "$1/exe$version" \
			"$1/gz$version"
	done
	rm -f "$1/seed.s"
	rm -f "$1/seed.c"
}

# A thread's registers, two mapped files and two segments.
seed_core() {
	perl -e '
	sub note { my ($type, $desc) = @_;
		return pack("VVVa8", 5, length($desc), $type, "CORE") . $desc .
			"\0" x (-length($desc) & 3); }
	my $notes = note(1, pack("x32Vx300", 77)) . note(3, "\0" x 136) .
		note(0x46494c45, pack("QQ" . "QQQ" x 2, 2, 4096, 0x400000,
			0x401000, 0, 0x401000, 0x402000, 1) . "/bin/a\0/bin/a\0");
	my $at = 64 + 56 * 3;
	print pack("a4CCCx9vvVQQQVvvvvvv", "\x7fELF", 2, 1, 1, 4, 62, 1, 0, 64,
		0, 0, 64, 56, 3, 0, 0, 0);
	print pack("VVQQQQQQ", 4, 0, $at, 0, 0, length($notes), 0, 4);
	$at += length($notes);
	print pack("VVQQQQQQ", 1, 5, $at, 0x400000, 0, 64, 4096, 1);
	print pack("VVQQQQQQ", 1, 6, $at + 64, 0xc000000000, 0, 64, 8192, 1);
	print $notes, "A" x 64, "B" x 64;' >"$1/core"
}

# Lists of changes of every kind.
seed_snapshot() {
	perl -e 'srand(1); for my $i (1..200) {
		open(my $f, ">", "$ARGV[0]/changes$i") or die;
		print $f chr(1), map { chr(int(rand(256))) } 1..60; }' "$1"
}

# A small program in full (of a Go with Swiss maps), and changes of every kind to its memory.
seed_pages() {
	local go=${GO:-go} pid mapscope=${MAPSCOPE:-build/mapscope}

	command -v "$go" >/dev/null && [ -x "$mapscope" ] || return
	GO111MODULE=off "$go" build -ldflags=-w -o "$dir/pages" \
		tests/targets/{holders,truth,truth_swiss}.go || return
	rm -f "$dir/pages.in" && mkfifo "$dir/pages.in" || return
	"$dir/pages" <"$dir/pages.in" >"$dir/pages.out" &
	pid=$!
	exec 7>"$dir/pages.in"
	for _ in $(seq 100); do
		grep -q READY "$dir/pages.out" && break
		sleep 0.1
	done
	"$mapscope" snapshot "$pid" --level full --force --max-stop 10s \
		-o "$dir/pages.msnap" &&
		export MAPSCOPE_FUZZ_FULL=$dir/pages.msnap
	exec 7>&-
	wait "$pid"
	perl -e 'srand(1); for my $i (1..60) {
		open(my $f, ">", "$ARGV[0]/changes$i") or die;
		print $f map { chr(int(rand(256))) } 1..12 * ($i % 24 + 1); }' "$1"
}

seed_expr() {
	local n=0 text
	for text in 'main.cache["k"].Items[3]' 'm[64:128]' '*&x.(main.T)' \
		'*(*"net/http.Server")(0xc000012340)' 'len(x) > 3 && y != nil' \
		"[]int{1, 2: 3}[-1] ^ 'a' << 1.5e3" 'map[string]*T{"a": &b}' \
		'(func(int) chan<- struct{a int})(p) || x.(data)'; do
		n=$((n + 1))
		printf '%s' "$text" >"$1/expr$n"
	done
}

# Two functions, each with a name, a file, two lines, and an inlined call.
seed_pclntab() {
	perl -e '
	my $names = "\0main.f\0main.g\0";
	my $pcs = "\0\x10\x10\x08\x20\0\x02\x40\0";
	my $func = sub { pack("V9VC4V6", @_, 1, 0, 0, 0, 4, 6, 6, 6, 0, 0, 0, 0)};
	my $funcs = $func->(0, 1, 8, 0, 1, 6, 1, 2, 0) .
		$func->(64, 8, 8, 0, 1, 6, 1, 2, 0);
	my $ftab = pack("V6", 0, 0, 64, length($funcs) / 2, 128, 0);
	my @tables = ($ftab, $funcs, $names, $pcs, "a.go\0b.go\0",
		pack("VV", 0, 5));
	print pack("v6", map { length } @tables), @tables;' >"$1/tables"
}

for name; do
	name=$(basename "$name" .c)
	echo "== $name, $seconds s"
	# One input of that is a whole analysis.
	slowest=10
	[ "$name" != fuzz_pages ] || slowest=60
	mkdir -p "$dir/$name.corpus"
	! declare -F "seed_${name#fuzz_}" >/dev/null ||
		"seed_${name#fuzz_}" "$dir/$name.corpus"
	# shellcheck disable=SC2086
	clang -std=c17 $flags -D_GNU_SOURCE -I. -fsanitize=fuzzer \
		-o "$dir/$name" "tests/fuzz/$name.c" "$dir/fuzz/libmapscope.a" \
		-ldwarf "${libs[@]}" -lpthread -lm -lcmocka || exit 1
	"$dir/$name" -max_total_time="$seconds" -timeout="$slowest" -max_len=65536 -print_final_stats=1 \
		-artifact_prefix="$dir/$name." "$dir/$name.corpus" \
		>"$dir/$name.log" 2>&1 || { tail -40 "$dir/$name.log"; exit 1; }
	grep number_of_executed "$dir/$name.log"
done
