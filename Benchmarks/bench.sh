#!/usr/bin/env bash
# Builds our servers and the peers that can be had here, and runs run.py with the given options. What the small rooms don't
# need isn't built for them alone: `bench.sh --only small-rooms`, with `--quick` in half a minute.
set -euo pipefail
cd "$(dirname "$0")"

# The build before may not have seen a file that is new in the library.
rm -f .build/release.yaml
swift build -c release -Xswiftc -warnings-as-errors
try() {
  echo "building: $1"
  shift
  "$@" >.build/peer.log 2>&1 || { tail -n 3 .build/peer.log; echo "it is left out"; }
}
needs_all() { [[ " $* " != *" --only small-rooms "* ]]; }
needs_all "$@" && try 'SwiftNIO and FlyingFox' swift build -c release --package-path SwiftPeers
swift build -c release -Xswiftc -warnings-as-errors --product ChatServer
# Its package brings redis-benchmark along.
../Scripts/install.sh redis-server
try 'node ws' sh -c '[ -d /usr/share/nodejs/ws ] || ../Scripts/install.sh node-ws'
try 'node-redis' sh -c '[ -d /usr/share/nodejs/redis ] || ../Scripts/install.sh node-redis'
needs_all "$@" || exec python3 -B run.py "$@"
try 'hiredis' sh -c '
  [ -f /usr/include/hiredis/hiredis.h ] || ../Scripts/install.sh libhiredis-dev gcc libc6-dev
  for program in commands decoding; do
    gcc -O2 -Wall -Wextra -o .build/hiredis-$program Peers/hiredis/$program.c -lhiredis
  done'
try 'redis-py' sh -c 'python3 -m venv .build/python-redis && .build/python-redis/bin/python -m pip install --quiet redis==8.1.0'
try 'gorilla/websocket' sh -c '
  command -v go >/dev/null || ../Scripts/install.sh golang-go
  [ -d /usr/share/gocode/src/github.com/gorilla/websocket ] || ../Scripts/install.sh golang-github-gorilla-websocket-dev
  [ -d /usr/share/gocode/src/github.com/gomodule/redigo ] || ../Scripts/install.sh golang-github-gomodule-redigo-dev
  cd Peers/gorilla && GO111MODULE=off GOPATH=/usr/share/gocode go build -o ../../.build/gorilla .'
try 'uWebSockets, through socketify' sh -c '
  python3 -m venv .build/python && .build/python/bin/python -m pip install --quiet socketify==0.0.31
  .build/python/bin/python -c "import socketify" 2>/dev/null || ../Scripts/install.sh libuv1
  .build/python/bin/python -c "import socketify" || { rm -rf .build/python; exit 1; }'
exec python3 -B run.py "$@"
