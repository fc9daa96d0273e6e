#!/usr/bin/env bash
# Scripts/test-halves.sh FILTER OPTION…: runs `swift test` twice at once, with the tests that match FILTER in one process and
# the others in another. Tests with real servers run one at a time, and wait most of that: two at a time take half as long.
# The tests must have been built, with the same options.
set -uo pipefail
half=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT

Scripts/test.sh --skip-build --ignore-lock "$@" --filter "$half" >"$log" 2>&1 &
other=$!
Scripts/test.sh --skip-build --ignore-lock "$@" --skip "$half"
first=$?
wait "$other"
second=$?
cat "$log"
[ "$first" -eq 0 ] && [ "$second" -eq 0 ]
