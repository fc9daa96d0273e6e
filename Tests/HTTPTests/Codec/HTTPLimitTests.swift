import HTTP
import TestSupport
import Testing

@Suite("HTTP limits")
struct HTTPLimitTests {
    let start = "GET / HTTP/1.1\r\nHost: x\r\n"

    func repeating(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    @Test("a line of exactly the limit is taken, one byte more is not")
    func lineEdge() {
        #expect(requestError((start + "X: " + repeating("y", 8_189) + "\r\n\r\n").utf8) == nil)
        #expect(requestError((start + "X: " + repeating("y", 8_190)).utf8) == .fieldTooLong)
        #expect(requestError(("GET /" + repeating("y", 8_192 - 14) + " HTTP/1.1\r\nHost: x\r\n\r\n").utf8) == nil)
        #expect(requestError(("GET /" + repeating("y", 8_188)).utf8) == .startLineTooLong)
    }

    @Test("a header of 100 kB is refused with 431, a request line with 414")
    func hugeLines() {
        #expect(requestError((start + "X: " + repeating("y", 100_000)).utf8)?.status == .headersTooLarge)
        #expect(requestError(("GET /" + repeating("y", 100_000)).utf8)?.status == .uriTooLong)
    }

    @Test("2,000 headers are refused, at the 101st")
    func manyHeaders() {
        #expect(requestError((start + repeating("X: y\r\n", 2_000)).utf8) == .tooManyFields)
        #expect(requestError((start + repeating("X: y\r\n", 99) + "\r\n").utf8) == nil)
        #expect(requestError((start + repeating("X: y\r\n", 100) + "\r\n").utf8) == .tooManyFields)
    }

    @Test("a head over 16 KiB is refused, one of exactly that is taken")
    func headEdge() {
        let room = 16_384 - start.utf8.count - 2 * 5 - 2
        let half = room / 2
        func head(_ size: Int) -> String {
            start + "X: " + repeating("y", half) + "\r\nY: " + repeating("y", size - half) + "\r\n\r\n"
        }
        #expect(requestError(head(room).utf8) == nil)
        #expect(requestError(head(room + 1).utf8) == .headTooLarge)
    }

    @Test("32,000 spaces cost no more than 32,000 letters", arguments: [" ", "\t", ",", ", ", "x,", "=", ";"])
    func whitespaceRuns(_ unit: String) throws {
        let limits = HTTPLimits(line: 70_000, head: 140_000)
        let run = repeating(unit, 32_000)
        let clock = ContinuousClock()
        let took = clock.measure {
            for value in [run, "a\(run)b", "\(run)b", "a\(run)"] {
                let head = start + "Connection: " + value + "\r\n\r\n"
                guard let request = try? parseRequest([Array(head.utf8)], limits: limits).request else {
                    Issue.record("not parsed")
                    return
                }
                _ = request.headers.contains("upgrade", in: "Connection")
                _ = request.wantsKeepAlive
            }
        }
        // Quadratic work would take a minute; this is some 0.4 s in a debug build.
        #expect(took < .seconds(10))
    }

    @Test("a head that drips in by single bytes costs the same as one in a piece")
    func drip() throws {
        let limits = HTTPLimits(line: 100_000, head: 200_000)
        let head = Array((start + "X: " + repeating(" ", 100_000 - 4) + "y\r\n\r\n").utf8)
        let clock = ContinuousClock()
        let took = try clock.measure {
            let read = try parseRequest(head.map { [$0] }, limits: limits).request
            #expect(read?.headers.first("x") == "y")
        }
        // Quadratic work would take minutes; this is some 0.3 s in a debug build.
        #expect(took < .seconds(20))
    }

    @Test("every error has a status of 4xx or 5xx, words, and an answer that closes")
    func answers() {
        let errors: [HTTPError] = [
            .malformedStartLine, .malformedTarget, .malformedField, .foldedField, .forbiddenCharacter, .invalidHost,
            .invalidContentLength, .invalidTransferEncoding, .invalidChunk, .bodyTooLarge, .bodyNotAccepted,
            .transferEncodingNotSupported, .startLineTooLong, .fieldTooLong,
            .headTooLarge, .tooManyFields, .unsupportedVersion, .timeout,
        ]
        for error in errors {
            #expect((400...599).contains(error.status.rawValue) && !error.status.reasonPhrase.isEmpty)
            #expect(!error.reason.isEmpty && !error.response.keepsAlive)
        }
    }
}
