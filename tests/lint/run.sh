#!/bin/bash
# Everything that `make lint` checks; goes on after a finding.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
check() { echo "  LINT  $1"; shift; "$@" || bad=1; }

mapfile -t c < <(git ls-files 'core/*.[ch]' 'dwarf/*.[ch]' 'tui/*.[ch]' \
	'tests/*.[ch]')
# What has no #! is read where another script sources it.
mapfile -t scripts < <(git ls-files 'tests/*.sh' .ci/run |
	xargs grep -l '^#!')

# What cppcheck found of a file is kept until that changes.
mkdir -p build/lint
check layers tests/lint/check_layers.sh
check sizes tests/lint/check_sizes.sh
check shellcheck shellcheck -x -P SCRIPTDIR "${scripts[@]}"
check compiles tests/lint/check_compiles.sh
check clang-format clang-format --dry-run -Werror "${c[@]}"
check cppcheck cppcheck -q -j "$(nproc)" --cppcheck-build-dir=build/lint \
	--error-exitcode=1 --inline-suppr -I . \
	--enable=warning,performance,portability --std=c11 \
	-D_GNU_SOURCE --suppress=missingIncludeSystem core dwarf tui
check clang-tidy tests/lint/tidy.sh
exit $bad
