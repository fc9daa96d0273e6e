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

forbid 'Codec/ knows nothing of ours' imports 'Transport|RESP|WebSocket|ChatServer' Sources/*/Codec
forbid 'Protocol/ knows Codec alone' imports 'Transport|WebSocket|ChatServer' Sources/*/Protocol
forbid 'Codec/ and Protocol/ are pure' \
  imports 'Foundation|FoundationEssentials|Synchronization|Dispatch' Sources/{RESP,WebSocket}/{Codec,Protocol}
forbid 'Transport is the ground floor' imports 'RESP|WebSocket|ChatServer' Sources/Transport
forbid 'RESP knows Transport alone' imports 'WebSocket|ChatServer' Sources/RESP
forbid 'WebSocket knows Transport alone' imports 'RESP|ChatServer' Sources/WebSocket
forbid 'Domain/ and Dialects/ are pure' imports 'Transport|RESP|WebSocket' Sources/ChatServer/{Domain,Dialects}

# `Foundation` stands in for FoundationEssentials on Apple's systems: indented, behind `#else`.
platform() { imports 'Glibc|Musl|Darwin|Foundation|Dispatch' Sources | grep -v '^Sources/Transport/System/'; }
forbid 'the platform is known in Transport/System alone' platform
forbid 'no C under Sources' find Sources -name '*.c' -o -name '*.h' -o -name '*.modulemap'
forbid 'the root package depends on nothing' grep -nE '\.package\(' Package.swift
forbid 'no file far above 300 lines' \
  find Sources Tests -name '*.swift' -exec awk 'END { if (NR > 350) print FILENAME ": " NR " lines" }' {} \;

[ $status -eq 0 ] && echo 'layers: as they should be'
exit $status
