#!/bin/bash
# Everything that `make lint` checks; goes on after a finding.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
check() { echo "  LINT  $1"; shift; "$@" || bad=1; }

mapfile -t c < <(git ls-files 'core/*.[ch]' 'dwarf/*.[ch]' 'tui/*.[ch]' \
	'tests/*.[ch]')
mapfile -t scripts < <(git ls-files 'tests/*.sh' .ci/run)
check layers tests/lint/check_layers.sh
check sizes tests/lint/check_sizes.sh
check shellcheck shellcheck "${scripts[@]}"
check clang-format clang-format --dry-run -Werror "${c[@]}"
check cppcheck cppcheck -q --error-exitcode=1 --inline-suppr -I . \
	--enable=warning,performance,portability --std=c11 \
	-D_GNU_SOURCE --suppress=missingIncludeSystem core dwarf tui
mapfile -t sources < <(printf '%s\n' "${c[@]}" | grep '^[cdt][^e].*\.c$')
check clang-tidy clang-tidy --quiet "${sources[@]}" -- -std=c17 -I. \
	-D_GNU_SOURCE '-DMAPSCOPE_VERSION="lint"' 2>/dev/null
exit $bad
