import HTTP
import TestSupport
import Testing

@Suite("HTTP request parser")
struct HTTPRequestParserTests {
    @Test("a browser's request is read, whatever pieces it comes in, and what follows it is left")
    func browser() throws {
        let head = try Fixture.head("handshakes/chromium.http")
        for feeding in everyFeeding(of: head) {
            let request = try #require(try parseRequest(feeding).request)
            #expect(request.method == "GET")
            #expect(request.target == "/ws?room=caf%C3%A9&name=Ada+Lovelace&token=")
            #expect(request.path == "/ws")
            #expect(request.query("room") == "café")
            #expect(request.query("name") == "Ada Lovelace")
            #expect(request.query("token")?.isEmpty == true)
            #expect(request.query("after") == nil)
            #expect(request.host == HTTPAuthority("127.0.0.1:3000"))
            #expect(request.headers.first("uSER-aGENT")?.hasPrefix("Mozilla/5.0") == true)
            #expect(request.wantsKeepAlive)
        }
        let (request, left) = try parseRequest([head + hex("8180 00000000")])
        #expect(request != nil && left == 6)
    }

    @Test("two requests in one packet are read one after the other")
    func pipelined() throws {
        var parser = HTTPRequestParser()
        let bytes = Array("GET /a HTTP/1.1\r\nHost: x\r\n\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        var pending: HTTPRequest?
        let requests = try withInput(bytes) { input in
            try (0..<3).map { _ in try parser.nextRequest(&pending, from: &input) }
        }
        #expect(requests.map { $0?.path } == ["/a", "/b", nil])
        #expect(requests.map { $0?.method } == ["GET", "HEAD", nil])
        #expect(!parser.isUnderWay)
    }

    @Test(
        "first lines that aren't HTTP are refused",
        arguments: [
            "GET /", "GET  / HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET / x HTTP/1.1", "GET /\tHTTP/1.1",
            "G(T / HTTP/1.1", "GET / http/1.1", "GET / HTTP/11", "GET / HTTP/1.", "GET / HTTP/1.10", "GET / HTTP/a.1",
            "\u{16}\u{3}\u{1}", "GET  HTTP/1.1",
        ]
    )
    func malformedStartLine(_ line: String) {
        let error = requestError("\(line)\r\nHost: x\r\n\r\n".utf8)
        #expect(error?.status == .badRequest, "\(String(describing: error))")
    }

    @Test("other versions get 505", arguments: ["HTTP/0.9", "HTTP/2.0", "HTTP/3.0"])
    func versions(_ version: String) {
        #expect(requestError("GET / \(version)\r\n".utf8)?.status == .versionNotSupported)
    }

    @Test(
        "malformed targets are refused",
        arguments: [
            "x", "/a#b", "/%", "/%4", "/%zz", "/%ff", "/?a=b#c", "/%?a=%", "ftp://x/", "http:///", "http:/x",
            "http://user@x/", "//", "**",
        ]
    )
    func targets(_ target: String) {
        let expected: HTTPError? = target == "//" ? nil : .malformedTarget
        #expect(requestError("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n".utf8) == expected)
    }

    @Test("targets in absolute and asterisk form are read")
    func targetForms() throws {
        let absolute = try request("GET http://X:80/a%20b?q=1&&r HTTP/1.1", "Host: x:80")
        #expect(absolute.path == "/a b")
        #expect(absolute.queryItems.map(\.name) == ["q", "r"])
        #expect(try request("GET ws://x HTTP/1.1", "Host: x").path == "/")
        #expect(try request("OPTIONS * HTTP/1.1", "Host: x").path == "*")
    }

    @Test("a target in absolute form goes before Host, which must be there and valid all the same")
    func absoluteForm() throws {
        #expect(try request("GET http://Other:81/ HTTP/1.1", "Host: x").host == HTTPAuthority("other:81"))
        #expect(try request("GET http://other:/ HTTP/1.1", "Host: x:1").host == HTTPAuthority("other"))
        #expect(try request("GET http://other/ HTTP/1.0").host == HTTPAuthority("other"))
        for fields in ["", "Host: x\r\nHost: other\r\n", "Host: u@x\r\n"] {
            #expect(requestError("GET http://other/ HTTP/1.1\r\n\(fields)\r\n".utf8) == .invalidHost)
        }
    }

    @Test(
        "a query is read as forms are: anything goes, and the first of a name counts",
        arguments: [
            ("a=%", "a", "%"), ("a=%4", "a", "%4"), ("a=%zz+", "a", "%zz "), ("a=100%", "a", "100%"),
            ("a=%%41", "a", "%A"),
            ("a=%ff", "a", "\u{FFFD}"), ("%ff=1", "\u{FFFD}", "1"), ("a=%C3%A9", "a", "é"), ("a=%C3", "a", "\u{FFFD}"),
            ("a=é", "a", "é"), ("a=b=c", "a", "b=c"), ("a", "a", ""), ("=b", "", "b"), ("&&a=1&&a=2", "a", "1"),
            ("a+b=+%2B", "a b", " +"), ("a=%EF%BB%BFx", "a", "\u{FEFF}x"), ("a=1;b=2", "a", "1;b=2"), ("a=?", "a", "?"),
            ("a=%00%0d%0a", "a", "\u{0}\r\n"), ("a=%ED%A0%80", "a", "\u{FFFD}\u{FFFD}\u{FFFD}"), ("%61=%26", "a", "&"),
        ])
    func queries(_ query: String, _ name: String, _ value: String) throws {
        for feeding in everyFeeding(of: Array("GET /x?\(query) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)) {
            let request = try #require(try parseRequest(feeding).request)
            let found = try #require(request.query(name))
            #expect(request.path == "/x" && found.unicodeScalars.elementsEqual(value.unicodeScalars), "\(found)")
        }
    }

    @Test("bytes that aren't UTF-8 in a request line become U+FFFD, in the path too")
    func rawBytes() throws {
        let head =
            Array("GET /caf".utf8) + [0xE9] + Array("?a=".utf8) + [0xC3, 0x28, 0xFF]
            + Array(" HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        let read = try #require(try parseRequest([head]).request)
        #expect(read.path == "/caf\u{FFFD}" && read.query("a") == "\u{FFFD}(\u{FFFD}")
        #expect(try request("GET /é HTTP/1.1", "Host: x").path == "/é")
    }

    @Test(
        "malformed fields are refused",
        arguments: [
            ("X", HTTPError.malformedField), (": x", .malformedField), ("X : y", .malformedField),
            ("X\t: y", .malformedField), ("X Y: z", .malformedField), ("X(: y", .malformedField),
            ("Ä: y", .malformedField), ("X: a\u{0}b", .forbiddenCharacter), ("X: a\u{1}b", .forbiddenCharacter),
            ("X: a\u{7F}", .forbiddenCharacter), ("X: a\rb", .forbiddenCharacter), ("X: a\r\r", .forbiddenCharacter),
            ("X: a\nY: b", .forbiddenCharacter), (" X: folded", .foldedField), ("\tX: folded", .foldedField),
            ("X: y\r\n folded", .foldedField), ("X: y\r\n\tfolded: z", .foldedField), ("   ", .foldedField),
        ]
    )
    func malformedFields(_ field: String, _ error: HTTPError) {
        #expect(requestError("GET / HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\n".utf8) == error)
    }

    @Test("a bare line feed ends no line")
    func bareLineFeed() {
        #expect(requestError("GET / HTTP/1.1\nHost: x\n\n".utf8) == .forbiddenCharacter)
        #expect(requestError("\n".utf8) == .forbiddenCharacter)
    }

    @Test(
        "exactly one valid Host is needed",
        arguments: [
            "", "Host: x\r\nHost: x\r\n", "Host: x\r\nhOST: y\r\n", "Host:\r\n", "Host: x y\r\n", "Host: x/\r\n",
            "Host: u@x\r\n", "Host: x:y\r\n", "Host: x:65536\r\n", "Host: :\r\n", "Host: x::\r\n", "Host: [::1\r\n",
            "Host: :80\r\n",
            "Host: x, y\r\n", "Host: [::1]x\r\n", "Host: [x]\r\n", "Host: x:+1\r\n",
            "Host: [fe80::1%25eth0]\r\n", "Host: [fe80::1%eth0]\r\n", "Host: x%2ey\r\n", "Host: user:pw@x\r\n",
        ]
    )
    func host(_ fields: String) {
        #expect(requestError("GET / HTTP/1.1\r\n\(fields)\r\n".utf8) == .invalidHost)
    }

    @Test("hosts of every kind are read; HTTP/1.0 may do without")
    func hosts() throws {
        #expect(try request("GET / HTTP/1.1", "Host: Chat.Example").host?.host == "chat.example")
        #expect(try request("GET / HTTP/1.1", "Host: [::1]:8080").host?.port == 8080)
        #expect(try request("GET / HTTP/1.1", "Host: x:").host == HTTPAuthority("x"))
        #expect(try request("GET / HTTP/1.1", "Host: [::1]:").host == HTTPAuthority("[::1]"))
        let old = try request("GET / HTTP/1.0")
        #expect(old.host == nil && !old.wantsKeepAlive)
        #expect(!(try request("GET / HTTP/1.1", "Host: x", "Connection: foo, Close").wantsKeepAlive))
    }

    @Test("white space around a value is dropped, inside it is kept; bytes over 7F pass")
    func values() throws {
        let read = try request("GET / HTTP/1.1", "Host: x", "A: \t a  b\t ", "B:", "C:\t", "a: é", "D: a:b")
        #expect(read.headers.values("A") == ["a  b", "é"])
        #expect(read.headers.first("b")?.isEmpty == true && read.headers.first("c")?.isEmpty == true)
        #expect(read.headers.first("d") == "a:b")
    }

    @Test("a name is compared by ASCII's case alone: a Kelvin sign is no k")
    func kelvin() throws {
        let read = try request("GET / HTTP/1.1", "Host: x", "Connection: \u{212A}eep-alive", "\u{53}tate: on")
        #expect(!read.headers.contains("keep-alive", in: "connection"))
        #expect(read.headers.contains("ON", in: "sTATE"))
    }

    @Test("segments of a path are decoded each by itself, so that an encoded slash stays in one")
    func segments() throws {
        for (target, expected) in [
            ("/", []), ("/a", ["a"]), ("/a/", ["a", ""]), ("/a%2Fb/c%20d?x=/y", ["a/b", "c d"]), ("//", ["", ""]),
            ("http://h/a/b", ["a", "b"]), ("http://h", []), ("/%C3%A9", ["é"]),
        ] as [(String, [String])] {
            #expect(try request("GET \(target) HTTP/1.1", "Host: x").pathSegments == expected, "\(target)")
        }
    }

    @Test("an expectation other than 100-continue is 417, and nothing to HTTP/1.0")
    func expectations() throws {
        for value in ["200-ok", "100-continue, x", "100-continue=1"] {
            #expect(requestError("POST / HTTP/1.1\r\nHost: x\r\nExpect: \(value)\r\n\r\n".utf8) == .unknownExpectation)
            #expect(requestError("POST / HTTP/1.0\r\nExpect: \(value)\r\n\r\n".utf8) == nil)
        }
        #expect(HTTPError.unknownExpectation.status == .expectationFailed)
    }
}
