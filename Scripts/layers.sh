#!/usr/bin/env bash
# The arrows of ARCHITECTURE.md and the laws that a script can see. Prints every breach and fails if there is one.
set -uo pipefail
cd "$(dirname "$0")/.."

import='^(public |internal |package |private |fileprivate |@testable |@preconcurrency |@_exported )*import'
status=0
forbid() { # forbid WORDS COMMAND…: whatever the command prints is a breach
  local words=$1 found
  shift
  found=$("$@")
  if [ -n "$found" ]; then
    printf '%s:\n%s\n' "$words" "$(sed 's/^/    /' <<<"$found")"
    status=1
  fi
}
imports() { # imports MODULES FOLDER…: lines that import one of the modules
  local modules=$1
  shift
  grep -rnE "$import ($modules)( |\.|$)" "$@" --include='*.swift'
}

# types FOLDER…: the names of all types declared there, as one pattern.
types() {
  grep -rhoE '^(public |package )?(final )?(class|struct|enum|actor|protocol|typealias) [A-Z][A-Za-z]+' "$@" |
    awk '{ print $NF }' | sort -u | paste -sd'|'
}
# mentions PATTERN FOLDER…: lines of code with one of the words. A module that passes another one on to whoever imports
# it shows that one to all files of its own, whatever they import: there the names have to be looked for.
mentions() {
  local pattern=$1
  shift
  grep -rnwE "$pattern" "$@" --include='*.swift' | grep -vE '^[^:]+:[0-9]+: *//'
}

forbid 'Codec/ knows nothing of ours' imports 'Transport|HTTP|RESP|WebSocket|Rooms|ChatServer' Sources/*/Codec
forbid 'Protocol/ knows Codec and HTTP alone' imports 'Transport|WebSocket|Rooms|ChatServer' Sources/*/Protocol
forbid 'Codec/ and Protocol/ know no loop and no connection' \
  mentions "$(types Sources/Transport)" Sources/{HTTP,RESP,WebSocket}/Codec Sources/{RESP,WebSocket}/Protocol
forbid 'Protocol/ knows nothing of a server' mentions "$(types Sources/HTTP/Server)" Sources/WebSocket/{Codec,Deflate,Protocol}
forbid 'Codec/ and Protocol/ are pure' \
  imports 'Foundation|FoundationEssentials|Synchronization|Dispatch' Sources/{HTTP,RESP,WebSocket}/Codec Sources/{RESP,WebSocket}/Protocol
forbid 'Transport is the ground floor' imports 'HTTP|RESP|WebSocket|Rooms|ChatServer' Sources/Transport
forbid 'RESP knows Transport alone' imports 'HTTP|WebSocket|Rooms|ChatServer' Sources/RESP
forbid 'HTTP knows Transport alone' imports 'RESP|WebSocket|Rooms|ChatServer' Sources/HTTP
forbid 'WebSocket knows HTTP and Transport alone' imports 'RESP|Rooms|ChatServer' Sources/WebSocket
forbid 'Verify knows the chat by its protocol alone' imports 'ChatServer|Rooms' Sources/Verify
forbid 'Verify is for the program alone' imports 'Verify' Sources/{Transport,HTTP,RESP,WebSocket}
forbid 'Rooms knows RESP and Transport alone' imports 'HTTP|WebSocket|ChatServer' Sources/Rooms
forbid 'Model/, Log/ and Roster/ are pure' imports 'Transport|RESP' Sources/Rooms/{Model,Log,Roster}
forbid 'Domain/ and Dialects/ are pure' imports 'Transport|HTTP|RESP|WebSocket' Sources/ChatServer/{Domain,Dialects}

# `Foundation` stands in for FoundationEssentials on Apple's systems: indented, behind `#else`.
platform() { imports 'Glibc|Musl|Darwin|Foundation|Dispatch' Sources | grep -vE '^Sources/(Transport|Verify)/System/'; }
forbid 'the platform is known in Transport/System, and in Verify/System for child processes, alone' platform
forbid 'no C under Sources' find Sources -name '*.c' -o -name '*.h' -o -name '*.modulemap'
forbid 'the root package depends on nothing' grep -nE '\.package\(' Package.swift
forbid 'no file far above 300 lines' \
  find Sources Tests -name '*.swift' -exec awk 'END { if (NR > 350) print FILENAME ": " NR " lines" }' {} \;

[ $status -eq 0 ] && echo 'layers: as they should be'
exit $status
