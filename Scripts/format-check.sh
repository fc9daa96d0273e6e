#!/usr/bin/env bash
# Fails, and says where, when a source file isn't as `make format` would leave it.
set -euo pipefail
cd "$(dirname "$0")/.."

status=0
while IFS= read -r -d '' file; do
  if ! swift format "$file" | cmp -s - "$file"; then
    echo "not formatted: $file"
    status=1
  fi
done < <(find {.,Examples,Benchmarks,Benchmarks/SwiftPeers}/{Package.swift,Sources} Tests -name '*.swift' -print0)
[ $status -eq 0 ] || echo "run: make format"
exit $status
