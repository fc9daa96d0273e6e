#!/bin/sh
# Fuzzes the decoders with libFuzzer and Address Sanitizer: Scripts/fuzz.sh [NAME ...]
# FUZZ_SECONDS (default 60) is the time for each. A crash ends it with an error and is kept in Fixtures/Fuzz.
set -eu
cd "$(dirname "$0")/.."

# One line for each fuzzer: name, sources, and the directories its corpus starts from.
fuzzers() {
    cat <<'END'
RESP|Sources/RESP/Codec/*.swift Tests/Fuzz/RESPDecoderFuzzer.swift|Fixtures/Fuzz/RESP/seeds Fixtures/RESP
END
}

# Swift's own backtraces get in the way of the fuzzer's.
export SWIFT_BACKTRACE=enable=no

seconds=${FUZZ_SECONDS:-60}
build=.build/fuzz

fuzz() {
    name=$1 sources=$2 seeds=$3
    fixtures=Fixtures/Fuzz/$name
    corpus=$build/$name.corpus
    found=$build/$name.found
    log=$build/$name.log
    rm -rf "$found"
    mkdir -p "$corpus" "$found" "$fixtures/crashes"

    echo "fuzz $name: building"
    # The log takes the linker's many warnings about the sanitizer's own symbols.
    # shellcheck disable=SC2086 # the sources are a list, with wildcards
    swiftc -O -swift-version 6 -sanitize=fuzzer,address -parse-as-library -module-name "${name}Fuzzer" \
        $sources -o "$build/$name" >"$log" 2>&1 || {
        cat "$log"
        return 1
    }

    # Every crash that was ever found must stay mended.
    for crash in "$fixtures"/crashes/*; do
        [ -f "$crash" ] || continue
        "$build/$name" "$crash" >"$log" 2>&1 || {
            tail -n 40 "$log"
            echo "fuzz $name: $crash crashes again" >&2
            return 1
        }
    done

    set -- -max_total_time="$seconds" -max_len=1024 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$found/"
    [ ! -f "$fixtures/dictionary" ] || set -- "$@" -dict="$fixtures/dictionary"
    echo "fuzz $name: running for $seconds s"
    # shellcheck disable=SC2086 # the seeds are a list
    if "$build/$name" "$@" "$corpus" $seeds >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        coverage=$(grep -o 'cov: [0-9]* ft: [0-9]* corp: [0-9]*' "$log" | tail -n 1)
        echo "fuzz $name: $runs runs, $coverage, no crash"
    else
        tail -n 40 "$log"
        find "$found" -type f -exec cp {} "$fixtures/crashes/" \;
        echo "fuzz $name: a crash; its input is in $fixtures/crashes" >&2
        return 1
    fi
}

mkdir -p "$build"
names=${*:-$(fuzzers | cut -d '|' -f 1)}
for name in $names; do
    entry=$(fuzzers | grep "^$name|") || {
        echo "there is no fuzzer named $name" >&2
        exit 2
    }
    fuzz "$name" "$(echo "$entry" | cut -d '|' -f 2)" "$(echo "$entry" | cut -d '|' -f 3)"
done
