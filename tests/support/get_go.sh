#!/bin/bash
# Installs the Go toolchains that the tests compile their targets with.
#
# usage: get_go.sh [VERSION...]     VERSION is 1.19, 1.21 ... 1.27
#
# Each one ends up as CACHE/VERSION/bin/go; a line "VERSION PATH" is printed
# for each that is there. CACHE is $MAPSCOPE_GO_CACHE or ~/.cache/mapscope/go.
# What is there already is kept; what cannot be had is left out with a line on
# stderr. 1.21 and later come through the Go module proxy, 1.19 from Debian.
# There is no toolchain module and no Debian release for 1.20.
set -u

cache=${MAPSCOPE_GO_CACHE:-$HOME/.cache/mapscope/go}
limit=${MAPSCOPE_GO_TIMEOUT:-240}
all=(1.19 1.21 1.22 1.23 1.24 1.25 1.26 1.27)

# The last patch release of each that is known to exist. 1.26 and 1.27 fall
# back on the first release in case a proxy does not carry the last one.
releases()
{
	case $1 in
	1.21) echo 1.21.13 1.21.0 ;;
	1.22) echo 1.22.12 1.22.0 ;;
	1.23) echo 1.23.12 1.23.5 ;;
	1.24) echo 1.24.13 1.24.4 ;;
	1.25) echo 1.25.7 1.25.0 ;;
	1.26) echo 1.26.8 1.26.0 ;;
	1.27) echo 1.27.3 1.27.0 1.27rc1 ;;
	esac
}

say() { echo "get_go: $*" >&2; }

as_root()
{
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Debian's packages, unpacked below a directory of our own.
debian_go()
{
	local dir=$cache/debian-$1 work
	[ -x "$dir/usr/lib/go-$1/bin/go" ] && return 0
	work=$(mktemp -d) || return 1
	if ! apt-cache show "golang-$1-go" >/dev/null 2>&1; then
		as_root timeout "$limit" apt-get -qq update >/dev/null 2>&1
	fi
	(cd "$work" && timeout "$limit" apt-get -qq download \
		"golang-$1-go" "golang-$1-src" >/dev/null 2>&1)
	for deb in "$work"/*.deb; do
		[ -f "$deb" ] && dpkg -x "$deb" "$dir"
	done
	rm -rf "$work"
	[ -x "$dir/usr/lib/go-$1/bin/go" ] || return 1
	# The package points from GOROOT to /usr/share by absolute links.
	local root=$dir/usr/lib/go-$1 share=$dir/usr/share/go-$1 link
	for link in "$root"/* ; do
		if [ -e "$link" ] || [ ! -L "$link" ]; then continue; fi
		ln -sfn "$share/$(basename "$link")" "$link"
	done
	for link in "$share"/*; do
		if [ -e "$link" ] || [ ! -L "$link" ]; then continue; fi
		ln -sfn "$root/$(basename "$link")" "$link"
	done
	ln -sfn "$share/src" "$root/src"
	[ -e "$root/pkg/include/textflag.h" ] || [ ! -d "$share/pkg" ] ||
		cp -rsn "$share/pkg/." "$root/pkg/" 2>/dev/null
	return 0
}

# A go command new enough to fetch others (1.21 and later), or nothing.
find_fetcher()
{
	local go version
	for go in "$(command -v go)" /usr/local/go/bin/go \
		/usr/lib/go-1.2?/bin/go "$cache"/1.2[1-9]/bin/go; do
		[ -x "$go" ] || continue
		version=$("$go" env GOVERSION 2>/dev/null)
		case $version in
		go1.2[1-9]*|go1.[3-9][0-9]*) echo "$go"; return ;;
		esac
	done
}

# Go 1.19 knows no GOTOOLCHAIN, but the toolchain of a later release is an
# ordinary module that it can download.
fetch_as_module()
{
	local go=$1 release=$2 module root
	module=golang.org/toolchain@v0.0.1-go$release.linux-amd64
	root=$(GOFLAGS=-modcacherw GO111MODULE=on timeout "$limit" \
		"$go" mod download -json "$module" 2>/dev/null |
		sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p')
	[ -n "$root" ] && [ -f "$root/bin/go" ] || return 1
	chmod -R u+w "$root" 2>/dev/null
	chmod +x "$root"/bin/* "$root"/pkg/tool/*/* 2>/dev/null
	echo "$root"
}

fetch_release()
{
	local release=$1 go root
	go=$(find_fetcher)
	if [ -n "$go" ]; then
		root=$(cd / && GOFLAGS='' GOTOOLCHAIN=go$release \
			timeout "$limit" "$go" env GOROOT 2>/dev/null | tail -1)
	elif debian_go 1.19; then
		root=$(cd "$cache" && fetch_as_module \
			"$cache/debian-1.19/usr/lib/go-1.19/bin/go" "$release")
	fi
	[ -n "${root:-}" ] && [ -x "$root/bin/go" ] && echo "$root"
}

works()
{
	[ -x "$1/bin/go" ] &&
		GOTOOLCHAIN=local "$1/bin/go" version >/dev/null 2>&1
}

install_version()
{
	local version=$1 release root
	works "$cache/$version" && return 0
	rm -f "$cache/$version"
	if [ "$version" = 1.19 ]; then
		debian_go 1.19 &&
			ln -sfn "$cache/debian-1.19/usr/lib/go-1.19" \
				"$cache/1.19"
		works "$cache/1.19"
		return
	fi
	for release in $(releases "$version"); do
		root=$(fetch_release "$release") || continue
		ln -sfn "$root" "$cache/$version"
		works "$cache/$version" && return 0
	done
	return 1
}

mkdir -p "$cache" || exit 1
exec 9>"$cache/.lock"
flock -w 900 9 || { say "another one holds $cache/.lock"; exit 1; }
found=0
[ $# -gt 0 ] || set -- "${all[@]}"
for version; do
	if install_version "$version"; then
		echo "$version $cache/$version/bin/go"
		found=$((found + 1))
	else
		say "Go $version is out of reach, left out"
	fi
done
[ "$found" -gt 0 ]
