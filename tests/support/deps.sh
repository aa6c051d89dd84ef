#!/bin/bash
# Installs what building and testing mapscope needs on Debian or Ubuntu.
#
# usage: deps.sh [--check|--test]
#   --check  only say by the exit code whether something is missing
#   --test   leave out the tools of `make lint`
set -u

build=(gcc make pkg-config libdwarf-dev libelf-dev libncurses-dev zlib1g-dev
	libsqlite3-dev libzstd-dev libjansson-dev libdeflate-dev)
tests=(libcmocka-dev libvterm-dev binutils procps ca-certificates)
lint=(clang clang-format clang-tidy cppcheck shellcheck)

missing()
{
	local package
	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null |
			grep -q '^ii' || echo "$package"
	done
}

all=("${build[@]}" "${tests[@]}")
case ${1:-} in
--check) [ -z "$(missing "${all[@]}")" ]; exit ;;
--test) ;;
*) all+=("${lint[@]}") ;;
esac
mapfile -t wanted < <(missing "${all[@]}")
[ "${#wanted[@]}" -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "deps: no apt-get; please install: ${wanted[*]}" >&2
	exit 1
fi
root=()
if [ "$(id -u)" != 0 ]; then
	root=(sudo)
	command -v sudo >/dev/null || {
		echo "deps: as root: apt-get install ${wanted[*]}" >&2
		exit 1
	}
fi
echo "deps: ${root[*]} apt-get install ${wanted[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install=("${root[@]}" apt-get -qq -y --no-install-recommends install)
if ! "${install[@]}" "${wanted[@]}" >"$log" 2>&1; then
	"${root[@]}" apt-get -qq update >>"$log" 2>&1
	"${install[@]}" "${wanted[@]}" >>"$log" 2>&1 ||
		{ tail -20 "$log" >&2; exit 1; }
fi
