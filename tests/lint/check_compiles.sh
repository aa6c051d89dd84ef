#!/bin/bash
# Fuzzers and measurements, which no test builds, keep up with the rest.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
for f in tests/fuzz/*.c tests/bench/*.c; do
	"${CC:-cc}" -std=c17 -fsyntax-only -D_GNU_SOURCE -I. "$f" || bad=1
done
exit $bad
