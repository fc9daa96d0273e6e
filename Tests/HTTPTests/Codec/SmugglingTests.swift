import HTTP
import TestSupport
import Testing

/// Requests whose end two readers could see in different places. Each of them is refused, or read in one way alone, and
/// never are bytes of a body taken for the next request.
@Suite("Request smuggling")
struct SmugglingTests {
    private static let hidden = "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"

    /// What all feedings of `text` end with, and the paths of the requests before that.
    private func reading(_ text: String) -> (paths: [String], error: HTTPError?) {
        var found: [(paths: [String], error: HTTPError?)] = []
        for feeding in everyFeeding(of: Array(text.utf8)) {
            var parser = HTTPRequestParser()
            var paths: [String] = []
            var pending: HTTPRequest?
            var failure: HTTPError?
            for chunk in feeding where failure == nil {
                do {
                    try withInput(chunk) { input in
                        while let request = try parser.nextRequest(&pending, from: &input) {
                            paths.append(request.path)
                        }
                    }
                } catch {
                    failure = error as? HTTPError
                }
            }
            found.append((paths, failure))
        }
        #expect(found.allSatisfy { $0 == found[0] }, "every feeding gives the same")
        return found[0]
    }

    @Test(
        "two ways to find the end of a body, or one in doubt, are refused with 400",
        arguments: [
            "Content-Length: 6\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 6",
            "Content-Length: 0\r\nTransfer-Encoding: chunked", "Content-Length: x\r\nTransfer-Encoding: chunked",
            "Content-Length: 6\r\nTransfer-Encoding: identity", "Content-Length: 6, 6", "Content-Length: 6,5",
            "Content-Length: 6\r\nContent-Length: 6", "Content-Length: 0\r\nContent-Length: 40",
            "content-length: 0\r\nContent-Length: 40", "Content-Length: 4 0", "Content-Length: 0x28",
            "Content-Length: +40", "Content-Length: -1", "Content-Length: 4e1", "Content-Length: ٤٠",
            "Content-Length: 40;", "Content-Length: \"40\"", "Content-Length:", "Content-Length: ,40",
            "Transfer-Encoding: chunked, identity", "Transfer-Encoding: chunked, gzip",
            "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Transfer-Encoding:", "Transfer-Encoding: ,",
            "Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", "Transfer-Encoding: chunked\r\n ,gzip",
            "X: y\r\n Content-Length: 40", "X: y\r\n\tTransfer-Encoding: chunked", " Content-Length: 40",
            "Transfer-Encoding: chun\u{0}ked", "Transfer-Encoding: \u{B}chunked", "Transfer-Encoding: chunked\rX: y",
            "Transfer-Encoding: chunked\nX: y", "X: y\rContent-Length: 40", "X\r\n: Content-Length: 40",
            "Transfer-Encoding", "Content-Length 40", ": chunked", "Content-Length\u{0}: 40",
        ])
    func doubt(_ fields: String) {
        let (paths, error) = reading("POST /a HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n0\r\n\r\n" + Self.hidden)
        #expect(paths.isEmpty && error?.status == .badRequest, "\(String(describing: error))")
    }

    @Test(
        "a transfer coding that isn't known is refused with 501, however like ours it looks",
        arguments: [
            "gzip, chunked", "identity", "xchunked", "chunkedx", "chunked;q=1", "\"chunked\"", "x chunked", "chunked x",
            "identity, chunked",
        ])
    func codings(_ value: String) {
        let (paths, error) = reading(
            "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \(value)\r\n\r\n0\r\n\r\n" + Self.hidden)
        #expect(paths.isEmpty && error?.status == .notImplemented, "\(String(describing: error))")
    }

    @Test(
        "HTTP/1.0 has no transfer codings: a proxy in front may have seen another end", arguments: ["", "Host: x\r\n"])
    func old(_ host: String) {
        let (paths, error) = reading(
            "POST /a HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Self.hidden)
        #expect(paths.isEmpty && error == .invalidTransferEncoding)
    }

    @Test(
        "chunks that end elsewhere than they say are refused",
        arguments: [
            "5\r\nhello0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n", "5\r\nhel\r\n0\r\n\r\n",
            "5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
            "5 5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "\r\n0\r\n\r\n",
            ";x\r\nhello\r\n0\r\n\r\n", "5;x\nhello\r\n0\r\n\r\n", "5;x\rhello\r\n0\r\n\r\n",
            "5,\r\nhello\r\n0\r\n\r\n",
            "00000000000000005\r\nhello\r\n0\r\n\r\n", "0\r\n\n", "0\n\r\n", "0\r\nX: y\n\r\n", "0\r\n X: y\r\n\r\n",
            "0\r\nX : y\r\n\r\n", "g\r\n", "5_0\r\n", "5.0\r\n", "-0\r\n\r\n",
        ])
    func chunks(_ body: String) {
        let (paths, error) = reading(
            "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body + Self.hidden)
        #expect(paths.isEmpty && error?.status == .badRequest, "\(String(describing: error))")
    }

    @Test(
        "sizes that overflow are none: 413 or 400, and never a small number",
        arguments: [
            "8000000000000000", "FFFFFFFFFFFFFFFF", "7FFFFFFFFFFFFFFF", "10000000000000000", "10000000000000005",
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        ])
    func overflow(_ size: String) {
        let (paths, error) = reading(
            "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\nhello\r\n0\r\n\r\n")
        #expect(paths.isEmpty && (error == .bodyTooLarge || error == .invalidChunk))
        for length in ["9223372036854775808", "18446744073709551621", "99999999999999999999999999"] {
            let (paths, error) = reading("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\nhello")
            #expect(paths.isEmpty && error == .bodyTooLarge)
        }
    }

    @Test("extensions of chunks are read over, whatever they hold, and bounded")
    func extensions() {
        let head = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        for text in [";x", ";x=y", ";x=\"0\"", " ; x", "\t;\tx = y", ";;", ";x=\"a;b\"", ";0"] {
            #expect(reading(head + "5\(text)\r\nhello\r\n0\(text)\r\n\r\n" + Self.hidden) == (["/a", "/admin"], nil))
        }
        let long = ";" + String(repeating: "x", count: 900)
        #expect(requestError((head + String(repeating: "1\(long)\r\na\r\n", count: 20)).utf8) == .invalidChunk)
    }

    @Test(
        "a trailer is dropped, even where it holds what the next request would be read by",
        arguments: [
            "Content-Length: 40", "Transfer-Encoding: chunked", "Host: evil.example", "Upgrade: websocket",
            "Connection: close", "Expect: x", "Content-Length: x",
        ])
    func trailers(_ field: String) throws {
        let text = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\(field)\r\n\r\n"
        #expect(reading(text + Self.hidden) == (["/a", "/admin"], nil))
        let request = try #require(try parseRequest([Array(text.utf8)]).request)
        #expect(request.headers.fields.map(\.name) == ["Host", "Transfer-Encoding"] && request.wantsKeepAlive)
    }

    @Test("a target in absolute form says which host is meant, and Host may not be left out or doubled for it")
    func hosts() throws {
        #expect(try request("GET http://a/ HTTP/1.1", "Host: b").host == HTTPAuthority("a"))
        for fields in [
            "", "Host: a\r\nHost: a\r\n", "Host: a, b\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: u@a\r\n",
        ] {
            #expect(requestError("GET http://a/ HTTP/1.1\r\n\(fields)\r\n".utf8) == .invalidHost)
        }
    }

    @Test(
        "a body belongs to its request whatever the method is, and a method without a length has none",
        arguments: ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT", "X"])
    func methods(_ method: String) {
        let body = Self.hidden
        let text = "\(method) /a HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        #expect(reading(text + "GET /b HTTP/1.1\r\nHost: x\r\n\r\n") == (["/a", "/b"], nil))
        #expect(reading("\(method) /a HTTP/1.1\r\nHost: x\r\n\r\n" + body) == (["/a", "/admin"], nil))
    }
}
