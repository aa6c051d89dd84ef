#!/bin/bash
# Includes run only downwards, and three headers have few users.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0

level()
{
	case $1 in
	core/base/*) echo 0 ;;
	dwarf/*) echo 1 ;;
	core/target/*) echo 2 ;;
	core/go/*) echo 3 ;;
	core/heap/* | core/container/*) echo 4 ;;
	core/session/*) echo 5 ;;
	tui/*) echo 6 ;;
	*) echo 9 ;;
	esac
}

complain() { echo "$*"; bad=1; }

while IFS=: read -r file line include; do
	case $include in */*) ;; *) complain "$file:$line: \"$include\" is" \
		"not spelled from the root"; continue ;; esac
	from=$(level "$file")
	to=$(level "$include")
	[ "$to" -le "$from" ] ||
		complain "$file:$line: $include is above its includer"
	[ "$to" = 4 ] && [ "$from" = 4 ] &&
		[ "${file%/*}" != "${include%/*}" ] &&
		complain "$file:$line: heap and container do not know each other"
done < <(grep -rn --include='*.[ch]' '^#include "' core dwarf tui |
	sed 's/#include "\(.*\)".*/\1/')

alone()
{
	local users
	users=$(grep -rlE --include='*.[ch]' "^# *include <($1)>" \
		core dwarf tui | grep -vxE "$2")
	[ -z "$users" ] || complain "only $2 may include <$1>: ${users//$'\n'/ }"
}
alone 'libdwarf.*\.h|dwarf.h' dwarf/dbg_libdwarf.c
alone 'n?curses.h|ncursesw/.*' tui/term_curses.c
alone 'sys/ptrace.h' 'core/target/(tracer|fork_inject|fork_seccomp).c'
alone 'sqlite3.h' core/base/db.c
exit $bad
