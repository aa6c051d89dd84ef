#!/bin/bash
# Compiles each target with each toolchain of the cache.
#
# usage: build_targets.sh DIRECTORY [NAME]    makes DIRECTORY/NAME-VERSION
set -u
out=$1
only=${2:-}
cache=${MAPSCOPE_GO_CACHE:-$HOME/.cache/mapscope/go}
cd "$(dirname "$0")/../targets" || exit 1
mkdir -p "$out"
for go in "$cache"/1.*/bin/go; do
	[ -x "$go" ] || continue
	version=${go#"$cache/"}
	version=${version%%/*}
	family=swiss
	[ "${version#1.}" -ge 24 ] || family=classic
	build() {
		[ -z "$only" ] || [ "$1$suffix" = "$only" ] || return 0
		GOTOOLCHAIN=local GO111MODULE=off GOFLAGS='' timeout 300 \
			"$go" build -o "$out/$1-$version$suffix" "${@:2}" ||
			exit 1
	}
	suffix=
	build holders holders.go truth.go "truth_$family.go"
	build kinds kinds.go truth.go "truth_$family.go"
	build states states.go truth.go "truth_$family.go"
	build hidden hidden.go truth.go "truth_$family.go"
	build busy busy.go
	build again again.go
	build frames frames.go
	build stacks stacks.go
	build stats stats.go
	build graph graph.go
	build containers containers.go
	build heapprof heapprof.go
	build big big.go
	build secrets secrets.go
	build leak leak.go
	build forks forks.go
	CGO_ENABLED=1 build forkscgo forks.go forks_cgo.go
	build values values.go
	build insert insert.go
	if [ "${version#1.}" -ge 23 ]; then
		build defers defers.go defers_range.go
	else
		build defers defers.go defers_none.go
	fi
	build ties -ldflags=-w ties.go
	suffix=-stripped
	build frames -ldflags='-s -w' frames.go
	build stacks -ldflags='-s -w' stacks.go
	build stats -ldflags='-s -w' stats.go
	suffix=-pie
	build frames -buildmode=pie frames.go
	build stacks -buildmode=pie stacks.go
done
