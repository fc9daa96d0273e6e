#!/usr/bin/env bash
# Runs `swift test` with the given options; if tests fail, their own words stand once more at the end, together.
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift test "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" -ne 0 ]; then
  echo "failed ($status): swift test $*"
  grep -E '✘|error:|WARNING: ThreadSanitizer|ERROR: AddressSanitizer' "$log" | cut -c1-2000 | tail -n 60
fi
exit "$status"
