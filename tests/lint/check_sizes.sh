#!/bin/bash
# Files have at most 800 lines, functions at most 80.
set -u
cd "$(dirname "$0")/../.." || exit 1
find core dwarf tui tests -name '*.[ch]' -print0 | xargs -0 awk '
FNR == 1 { start = 0 }
FNR == 801 { print FILENAME ": more than 800 lines"; bad = 1 }
/^\{/ { start = FNR }
/^\}/ {
	if (start && FNR - start > 81) {
		printf "%s:%d: a function of %d lines\n", FILENAME, start,
			FNR - start - 1
		bad = 1
	}
	start = 0
}
END { exit bad }'
