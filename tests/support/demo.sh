#!/bin/bash
# Builds the demo service, starts it and opens mapscope on it. Without a
# terminal the overview is printed. The service ends with the inspector.
#
# usage: demo.sh MAPSCOPE
set -u

mapscope=${1:-build/mapscope}
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d) || exit 1
pid=

finish()
{
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

go=$(command -v go || echo /usr/local/go/bin/go)
if [ ! -x "$go" ]; then
	go=$("$top/tests/support/get_go.sh" 1.26 | awk '{print $2}')
	[ -x "$go" ] || { echo "demo: there is no Go to be had" >&2; exit 1; }
fi
echo "demo: building the service with $("$go" env GOVERSION)"
(cd "$top/tests/targets/leaky" &&
	GOFLAGS='' GOWORK=off "$go" build -o "$dir/leaky" leaky.go) || exit 1
"$dir/leaky" >"$dir/log" 2>&1 &
pid=$!

# Ready is when the service has been loaded for a moment.
for _ in $(seq 50); do
	grep -q '^leaky: pid' "$dir/log" && break
	kill -0 "$pid" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
	sleep 0.1
done
sleep 1
cat "$dir/log"
"$mapscope" "$pid"
