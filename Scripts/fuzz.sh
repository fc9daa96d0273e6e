#!/bin/sh
# Fuzzes the decoders with libFuzzer and Address Sanitizer: Scripts/fuzz.sh [NAME ...]
# FUZZ_SECONDS (default 30) is the time for each. A crash ends it with an error and is kept in Fixtures/Fuzz.
set -eu
cd "$(dirname "$0")/.."

# One row for each fuzzer: name, sources, directories its corpus starts from besides Fixtures/Fuzz/NAME/seeds, and the
# longest input if it isn't 1024 bytes.
fuzzers() {
    web=Sources/WebSocket http=Sources/HTTP rooms=Sources/Rooms chat=Sources/ChatServer redis=Sources/RESP tests=Tests/Fuzz
    cat <<END
RESP|$(files $redis/Codec '*') $(files $tests RESPDecoderFuzzer)|Fixtures/RESP
Frames|$(files $web/Codec '*') $(files $web/Deflate '*') $(files $tests 'Frames*') \
    $(files $web/Protocol ConnectionProtocol FrameIntake MessageAssembler WebSocketMessage PerMessageDeflate ExtensionOffer) \
    $(files $http/Codec HTTPSyntax HTTPHeaders HTTPError HTTPStatus HTTPResponse)
Inflate|$(files $web/Deflate '*') $(files $tests InflateFuzzer)
HTTP|$(files $http/Codec '*') $(files $tests 'HTTP*') \
    $(files $web/Codec Base64 SHA1) $(files $web/Protocol '*Handshake*' ExtensionOffer PerMessageDeflate)
ClientCommand|$(files $chat/Dialects ClientCommand ClientRequest ClientError 'JSONReader*' NestedLevels TopicJSON) $(files $rooms/Model '*') \
    $(files $tests ClientCommandFuzzer JSONReference)
RoomPayload|$(files $chat/Dialects ClientError TopicJSON) $(files $rooms/Model '*') $(files $rooms/Log RoomPayload LaterEvents StoredValues 'CanonicalScanner*') \
    $(files $tests 'RoomPayload*' JSONReference)|Fixtures/Chat
Words|$(files $rooms/Model '*') $(files $chat/Domain AvatarDrawing) $(files $rooms/Store RoomKeys) \
    $(files $web/Codec Base64 CloseCode 'EncodedFrame' 'F*' 'M*' Opcode ProtocolViolation 'R*' UTF8Validator) $(files $http/Codec 'HTTP*' HostPolicy AddressLiteral OriginPolicy WebOrigin PercentEncoding) \
    $(files $web/Client WebSocketAddress) $(files $redis/Codec '*') $(files $redis/Commands RedisCommand RedisArgument RedisScript) \
    $(files $redis/Client RedisConfiguration RedisError) $(files Sources/Transport '*' 'System/*') $(files $tests WordsFuzzer HTTPReference HTTPBodyReference HTTPExtensionReference)||256
END
}

# files FOLDER NAME...: their paths; a name may have wildcards.
files() {
    folder=$1
    shift
    for file; do printf '%s ' "$folder/$file.swift"; done
}

# Swift's own backtraces get in the way of the fuzzer's.
export SWIFT_BACKTRACE=enable=no
# Inputs are small and runs many: what the sanitizer keeps of each allocation is most of the time they take.
export ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=4:quarantine_size_mb=16}"

seconds=${FUZZ_SECONDS:-30}
build=.build/fuzz

fuzz() {
    name=$1 sources=$2 seeds=$3 longest=${4:-1024}
    fixtures=Fixtures/Fuzz/$name
    corpus=$build/$name.corpus
    found=$build/$name.found
    log=$build/$name.log
    rm -rf "$found"
    mkdir -p "$corpus" "$found" "$fixtures/crashes" "$fixtures/seeds"

    echo "fuzz $name: building"
    # The log takes the linker's many warnings about the sanitizer's own symbols.
    # shellcheck disable=SC2086 # the sources are a list, with wildcards
    swiftc -O -wmo -swift-version 6 -sanitize=fuzzer,address -parse-as-library -package-name fuzz \
        -module-name "${name}Fuzzer" \
        $sources Tests/Fuzz/Support.swift -o "$build/$name" >"$log" 2>&1 || {
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

    set -- -max_total_time="$seconds" -max_len="$longest" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$found/"
    [ ! -f "$fixtures/dictionary" ] || set -- "$@" -dict="$fixtures/dictionary"
    echo "fuzz $name: running for $seconds s"
    # shellcheck disable=SC2086 # the seeds are a list
    if "$build/$name" "$@" "$corpus" "$fixtures/seeds" $seeds >"$log" 2>&1; then
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
# All of them: two at a time, each by a call of its own.
if [ $# -eq 0 ]; then
    fuzzers | cut -d '|' -f 1 | grep . | xargs -P "${FUZZ_JOBS:-2}" -n 1 Scripts/fuzz.sh
    exit
fi
for name; do
    entry=$(fuzzers | grep "^$name|") || {
        echo "there is no fuzzer named $name" >&2
        exit 2
    }
    IFS='|' read -r name sources seeds longest <<END
$entry
END
    fuzz "$name" "$sources" "$seeds" "$longest"
done
