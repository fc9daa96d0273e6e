#!/usr/bin/env bash
# The arrows of ARCHITECTURE.md and the laws that a script can see. Prints every breach and fails if there is one.
set -uo pipefail
cd "$(dirname "$0")/.."

import='^(public |internal |package |private |fileprivate |@testable |@preconcurrency |@_exported )*import'
status=0
forbid() { # forbid WORDS FILES…: whatever is printed on standard input is a breach
  local found
  found=$(cat)
  if [ -n "$found" ]; then
    printf '%s:\n%s\n' "$1" "$(sed 's/^/    /' <<<"$found")"
    status=1
  fi
}

grep -rnE "$import (Transport|RESP|WebSocket|ChatServer)\b" Sources/*/Codec --include='*.swift' |
  forbid 'Codec/ knows nothing of ours'
grep -rnE "$import (Transport|WebSocket|ChatServer)\b" Sources/*/Protocol --include='*.swift' |
  forbid 'Protocol/ knows Codec alone'
grep -rnE "$import (Foundation|FoundationEssentials|Synchronization|Dispatch)\b" \
  Sources/RESP/{Codec,Protocol} Sources/WebSocket/{Codec,Protocol} --include='*.swift' |
  forbid 'Codec/ and Protocol/ are pure'
grep -rnE "$import (RESP|WebSocket|ChatServer)\b" Sources/Transport --include='*.swift' |
  forbid 'Transport is the ground floor'
grep -rnE "$import (WebSocket|ChatServer)\b" Sources/RESP --include='*.swift' |
  forbid 'RESP knows Transport alone'
grep -rnE "$import (RESP|ChatServer)\b" Sources/WebSocket --include='*.swift' |
  forbid 'WebSocket knows Transport alone'
grep -rnE "$import (Transport|RESP|WebSocket)\b" Sources/ChatServer/{Domain,Dialects} --include='*.swift' |
  forbid 'Domain/ and Dialects/ are pure'

# `Foundation` is allowed only as the stand-in for FoundationEssentials on Apple's systems: behind `#else`, indented.
grep -rnE "$import (Glibc|Musl|Darwin|Foundation|Dispatch)( |$)" Sources --include='*.swift' |
  grep -v '^Sources/Transport/System/' |
  forbid 'the platform is known in Transport/System alone'
find Sources -name '*.c' -o -name '*.h' -o -name '*.modulemap' | forbid 'no C under Sources'
grep -nE '\.package\(' Package.swift | forbid 'the root package depends on nothing'
find Sources Tests -name '*.swift' -exec awk 'END { if (NR > 350) print FILENAME ": " NR " lines" }' {} \; |
  forbid 'no file far above 300 lines'

[ $status -eq 0 ] && echo 'layers: as they should be'
exit $status
