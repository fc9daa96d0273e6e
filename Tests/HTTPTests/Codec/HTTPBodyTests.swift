import HTTP
import TestSupport
import Testing

@Suite("HTTP request bodies")
struct HTTPBodyTests {
    private func head(_ fields: String..., version: String = "1.1") -> String {
        (["POST /a HTTP/\(version)", "Host: x"] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
    }

    /// The paths of all requests in `bytes`, however they are cut.
    private func paths(_ text: String, limits: HTTPLimits = .init()) throws -> [String] {
        var found: Set<[String]> = []
        for feeding in everyFeeding(of: Array(text.utf8)) {
            var parser = HTTPRequestParser(limits: limits)
            var paths: [String] = []
            var pending: HTTPRequest?
            for chunk in feeding {
                try withInput(chunk) { input in
                    while let request = try parser.nextRequest(&pending, from: &input) { paths.append(request.path) }
                }
            }
            paths.append(parser.isUnderWay ? "under way" : "over")
            found.insert(paths)
        }
        #expect(found.count == 1, "every feeding gives the same")
        return found.first ?? []
    }

    @Test(
        "a body is read to its end and dropped, and the next request follows it",
        arguments: [
            ("Content-Length: 5", "hello"), ("Content-Length: 0005", "\r\n\r\n!"), ("Content-Length: 0", ""),
            ("Transfer-Encoding: chunked", "0\r\n\r\n"), ("transfer-encoding: Chunked", "5\r\nhello\r\n0\r\n\r\n"),
            ("Transfer-Encoding: chunked", "1\r\na\r\n00c\r\nGET / HTTP/1\r\n000\r\n\r\n"),
            ("Transfer-Encoding: chunked", "A;x=y; z=\"w\"\r\n0123456789\r\n0 ; last\r\nX-Sum: 1\r\nY: \r\n\r\n"),
            ("Transfer-Encoding: , chunked,", "a\r\n0123456789\r\n0\r\n\r\n"),
        ])
    func skipped(_ field: String, _ body: String) throws {
        let next = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"
        #expect(try paths(head(field) + body + next) == ["/a", "/b", "over"])
        if !body.isEmpty {
            #expect(try paths(head(field) + body.dropLast()) == ["under way"])
            #expect(try paths(head(field)) == ["under way"])
        }
    }

    @Test(
        "lengths that are none, or leave the end in doubt, are refused",
        arguments: [
            ("Content-Length: -1", HTTPError.invalidContentLength), ("Content-Length: +0", .invalidContentLength),
            ("Content-Length:", .invalidContentLength), ("Content-Length: 0x0", .invalidContentLength),
            ("Content-Length: 0, 0", .invalidContentLength), ("Content-Length: 5 5", .invalidContentLength),
            ("Content-Length: 5\r\nContent-Length: 5", .invalidContentLength),
            ("Content-Length: 0\r\nContent-Length: 5", .invalidContentLength),
            ("Content-Length: 0\r\nTransfer-Encoding: chunked", .invalidContentLength),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5", .invalidContentLength),
            ("Content-Length: 65537", .bodyTooLarge), ("Content-Length: 99999999999999999999", .bodyTooLarge),
            ("Transfer-Encoding:", .invalidTransferEncoding),
            ("Transfer-Encoding: chunked, gzip", .invalidTransferEncoding),
            ("Transfer-Encoding: chunked, chunked", .invalidTransferEncoding),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .invalidTransferEncoding),
            ("Transfer-Encoding: gzip, chunked", .transferEncodingNotSupported),
            ("Transfer-Encoding: identity", .transferEncodingNotSupported),
            ("Transfer-Encoding: xchunked", .transferEncodingNotSupported),
            ("Transfer-Encoding: chunked;q=1", .transferEncodingNotSupported),
            ("Upgrade: websocket\r\nContent-Length: 1", .bodyNotAccepted),
            ("Upgrade: websocket\r\nTransfer-Encoding: chunked", .transferEncodingNotSupported),
        ])
    func refused(_ fields: String, _ error: HTTPError) {
        #expect(requestError(head(fields).utf8) == error)
    }

    @Test("HTTP/1.0 knows no transfer encoding, but lengths")
    func old() throws {
        #expect(requestError(head("Transfer-Encoding: chunked", version: "1.0").utf8) == .invalidTransferEncoding)
        #expect(try paths(head("Content-Length: 2", version: "1.0") + "ab") == ["/a", "over"])
    }

    @Test(
        "chunks that are none are refused, wherever they are cut",
        arguments: [
            ("\r\n", HTTPError.invalidChunk), ("x\r\n", .invalidChunk), ("-1\r\n", .invalidChunk),
            ("+1\r\n", .invalidChunk),
            ("0x1\r\n", .invalidChunk), (" 1\r\n", .invalidChunk), ("1 \r\na\r\n", .invalidChunk),
            ("1\n", .invalidChunk),
            ("1 2\r\n", .invalidChunk), ("1\r\nab", .invalidChunk), ("1\r\na\n", .invalidChunk),
            ("1\r\na\rb", .invalidChunk),
            ("1;\u{0}\r\n", .invalidChunk), ("2\r\na\r\nb", .invalidChunk), ("é\r\n", .invalidChunk),
            ("10001\r\n", .bodyTooLarge), ("8000000000000000\r\n", .bodyTooLarge),
            ("FFFFFFFFFFFFFFFFF\r\n", .invalidChunk),
            ("1\r\na\r\nFFFFFFFFFFFFFFFF\r\n", .bodyTooLarge), ("7fffffffffffffff\r\n", .bodyTooLarge),
            ("1\r\na\r\n10000\r\n", .bodyTooLarge), ("00000000000000001\r\n", .invalidChunk),
            ("0\r\n X\r\n", .foldedField), ("0\r\nX\r\n", .malformedField),
            ("0\r\nX : y\r\n", .malformedField), ("0\r\nX: \u{1}", .forbiddenCharacter),
            ("0\r\nX: y\n", .forbiddenCharacter),
        ])
    func badChunks(_ body: String, _ error: HTTPError) {
        #expect(requestError((head("Transfer-Encoding: chunked") + body).utf8) == error)
    }

    @Test("of chunks that say much and bring little no more is taken than the bounds: lines, extensions, trailers")
    func bounds() {
        let start = head("Transfer-Encoding: chunked")
        func repeating(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
        #expect(requestError((start + "1;" + repeating("x", 1_023)).utf8) == .invalidChunk)
        #expect(requestError((start + repeating("0", 1_025)).utf8) == .invalidChunk)
        #expect(requestError((start + repeating("1;\(repeating("x", 500))\r\na\r\n", 100)).utf8) == .invalidChunk)
        #expect(requestError((start + "0\r\n" + repeating("X: y\r\n", 101)).utf8) == .tooManyFields)
        #expect(requestError((start + "0\r\nX: " + repeating("y", 9_000)).utf8) == .fieldTooLong)
        #expect(requestError((start + "0\r\n" + repeating("X: \(repeating("y", 4_000))\r\n", 5)).utf8) == .headTooLarge)
        #expect(requestError((start + "10000\r\n" + repeating("a", 65_536) + "\r\n0\r\n\r\n").utf8) == nil)
    }

    @Test("whoever waits for 100 Continue is known by its request, if that has a body and is HTTP/1.1")
    func continuation() throws {
        func expects(_ fields: String, version: String = "1.1") throws -> Bool? {
            var parser = HTTPRequestParser()
            return try withInput(Array(head(fields, version: version).utf8)) { input in
                guard case .head(let request)? = try parser.next(from: &input) else { return nil }
                return request.expectsContinue
            }
        }
        #expect(try expects("Content-Length: 2\r\nExpect: 100-Continue") == true)
        #expect(try expects("Transfer-Encoding: chunked\r\nExpect: 100-continue") == true)
        #expect(try expects("Content-Length: 0\r\nExpect: 100-continue") == false)
        #expect(try expects("Content-Length: 2\r\nExpect: 100-continue", version: "1.0") == false)
        #expect(try expects("Content-Length: 2") == false)
    }

    @Test(
        "the head comes first, and then the bytes of the body and its end, however they are cut",
        arguments: [
            ("Content-Length: 5", "hello"),
            ("Transfer-Encoding: chunked", "2\r\nhe\r\n3;x\r\nllo\r\n0\r\nHost: y\r\n\r\n"),
        ])
    func events(_ field: String, _ body: String) throws {
        for feeding in everyFeeding(of: Array((head(field) + body + "GET").utf8)) {
            var parser = HTTPRequestParser()
            var (text, ends, left) = ("", 0, 0)
            for chunk in feeding {
                try withInput(chunk) { input in
                    while ends == 0, let event = try parser.next(from: &input) {
                        switch event {
                        case .head(let request): text += request.headers.values("Host").joined() + " "
                        case .body(let bytes): text += String(decoding: bytes, as: UTF8.self)
                        case .end: ends += 1
                        }
                    }
                    left += input.count
                }
            }
            #expect(text == "x hello" && ends == 1 && left == 3)
        }
    }

    @Test("the limit of a body may be set behind its head, for that body alone")
    func limit() throws {
        var parser = HTTPRequestParser(limits: HTTPLimits(body: 4))
        let bytes = Array((head("Content-Length: 5") + "hello" + head("Content-Length: 5")).utf8)
        try withInput(bytes) { input in
            guard case .head? = try parser.next(from: &input) else { throw TestFailure("no head") }
            parser.bodyLimit = 5
            guard case .body? = try parser.next(from: &input), case .end? = try parser.next(from: &input) else {
                throw TestFailure("no body")
            }
            guard case .head? = try parser.next(from: &input) else { throw TestFailure("no second head") }
            #expect(throws: HTTPError.bodyTooLarge) { _ = try parser.next(from: &input) }
        }
    }

    @Test("the decoder gives the bytes of all chunks and the trailer's fields, however they are cut")
    func decoder() throws {
        let body = Array("3\r\nabc\r\n1;x\r\nd\r\n0\r\nSum: 4\r\n\r\nGET".utf8)
        for feeding in everyFeeding(of: body) {
            var decoder = HTTPChunkedDecoder()
            var bytes: [UInt8] = []
            var trailer: HTTPHeaders?
            var left = 0
            for chunk in feeding {
                try withInput(chunk) { input in
                    while trailer == nil, let part = try decoder.next(from: &input) {
                        switch part {
                        case .bytes(let more): bytes += more
                        case .end(let fields): trailer = fields
                        }
                    }
                    left += input.count
                }
            }
            #expect(String(decoding: bytes, as: UTF8.self) == "abcd" && trailer == ["Sum": "4"] && left == 3)
        }
    }
}
