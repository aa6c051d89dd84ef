#!/bin/bash
# clang-tidy, which takes seconds a file: on those that differ from $LINT_BASE
# (the commit that main and this branch have in common, or on main itself the
# one before), or with LINT=all on every one.
set -u
cd "$(dirname "$0")/../.." || exit 1

list()
{
	local base
	if [ "${LINT:-}" = all ]; then
		git ls-files
		return
	fi
	base=${LINT_BASE:-$(git merge-base HEAD main 2>/dev/null)}
	[ "$base" != "$(git rev-parse HEAD)" ] || base=HEAD~1
	git diff --name-only --diff-filter=d "$base" 2>/dev/null
	git ls-files --others --exclude-standard
}

# A tenth of the analyzer's usual bound a function: what more finds is little,
# and takes most of the time.
analyzer=()
for word in -analyzer-config max-nodes=20000; do
	analyzer+=(--extra-arg=-Xclang "--extra-arg=$word")
done
list | grep '^\(core\|dwarf\|tui\)/.*\.c$' | sort -u |
	xargs -r -P "$(nproc)" -I{} clang-tidy --quiet "${analyzer[@]}" {} -- \
		-std=c17 -I. -D_GNU_SOURCE '-DMAPSCOPE_VERSION="lint"' \
		2>/dev/null
