import HTTP
import TestSupport
import Testing
import Transport

/// Bodies of requests, on real sockets.
@Suite(.timeLimit(.minutes(2)))
struct RequestBodyTests {
    /// Repeats what it was sent.
    private static let echo = TestHTTPHandler(bodyLimit: 1_000_000) { _ in
        .asynchronous { body in .response(HTTPResponse(status: .ok, body: try await body.collect())) }
    }

    @Test("a task reads a body by length and in chunks, and the next request follows it")
    func reading() async throws {
        try await TestHTTPServer.run(.init(), Self.echo) { server in
            let text = try await server.answer(
                message("POST / HTTP/1.1", "Content-Length: 5", body: "hello")
                    + message(
                        "PUT / HTTP/1.1", "Transfer-Encoding: chunked", body: "3\r\nwor\r\n2\r\nld\r\n0\r\nX: y\r\n\r\n"
                    )
                    + message("GET / HTTP/1.1") + message("GET / HTTP/1.1", "Connection: close"))
            #expect(text.occurrences(of: "HTTP/1.1 200 OK") == 4)
            #expect(text.contains("\r\n\r\nhelloHTTP") && text.contains("\r\n\r\nworldHTTP"))
        }
    }

    @Test("a body that comes byte by byte is read as one that comes at once")
    func dripping() async throws {
        try await TestHTTPServer.run(.init(), Self.echo) { server in
            for body in ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
            {
                let bytes = Array("POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(body)".utf8)
                let peer = try await RawPeer.connect(
                    to: server.address, sending: bytes.map { [$0] }, every: .zero, on: server.server.group.next())
                #expect(try await peer.receiveTextToEnd().hasSuffix("\r\n\r\nhello"))
            }
        }
    }

    @Test("nothing is read from the peer but what is asked for, and what waits meanwhile is bounded")
    func backPressure() async throws {
        let exchanges = Recorder<LoopBound<HTTPExchange>>()
        let size = 64_000_000
        let handler = TestHTTPHandler(bodyLimit: size) { _ in
            .later { exchange, loop in exchanges.record(LoopBound(exchange, on: loop)) }
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let peer = try await server.peer()
            await peer.send(message("POST / HTTP/1.1", "Content-Length: \(size)", "Connection: close"))
            let box = try await exchanges.wait("the request") { !$0.isEmpty }[0]
            await peer.send([UInt8](repeating: 65, count: size))
            // Until the sender's queue no longer shrinks: all buffers between are full.
            let waiting = try await peer.standstill()
            #expect(waiting > size / 2, "most of it stays with the peer")
            let counts = Recorder<Int>()
            box.loop.submit { loop in Self.readOn(box.open(on: loop), 0, counts, on: loop) }
            #expect(try await counts.wait("the end of the body") { !$0.isEmpty }[0] == size)
            #expect(try await peer.receiveTextToEnd().hasPrefix("HTTP/1.1 200 "))
        }
    }

    private static func readOn(
        _ exchange: HTTPExchange, _ count: Int, _ counts: Recorder<Int>, on loop: isolated EventLoop
    ) {
        let box = LoopBound(exchange, on: loop)
        exchange.read(on: loop) { result in
            guard case .success(let part?) = result else {
                counts.record(count)
                return box.loop.submit { loop in
                    box.open(on: loop).answer(.response(HTTPResponse(status: .ok, text: "read")), on: loop)
                }
            }
            #expect(part.count <= EventLoop.readBufferSize)
            box.loop.submit { loop in readOn(box.open(on: loop), count + part.count, counts, on: loop) }
        }
    }

    @Test("100 Continue is sent when the body is asked for, and not where the request is refused")
    func continuation() async throws {
        let handler = TestHTTPHandler { request in
            if request.path == "/no" { return .response(HTTPResponse(status: .unauthorized, text: "who are you?")) }
            return Self.echo.onRequest(request)
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let peer = try await server.peer()
            await peer.send(
                message("POST / HTTP/1.1", "Content-Length: 2", "Expect: 100-continue", "Connection: close"))
            try await peer.receive("100") { $0 == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8) }
            await peer.send("ab")
            #expect(try await peer.receiveTextToEnd().hasSuffix("\r\n\r\nab"))

            let refused = try await server.answer(
                message("POST /no HTTP/1.1", "Content-Length: 2", "Expect: 100-continue"))
            #expect(refused.hasPrefix("HTTP/1.1 401 ") && refused.contains("\r\nConnection: close\r\n"))
            let large = try await server.answer(
                message("POST / HTTP/1.1", "Content-Length: 70000", "Expect: 100-continue"))
            #expect(large.hasPrefix("HTTP/1.1 413 ") && !large.contains("100 Continue"))
            let odd = try await server.answer(message("POST / HTTP/1.1", "Content-Length: 2", "Expect: magic"))
            #expect(odd.hasPrefix("HTTP/1.1 417 "))
        }
    }

    @Test("a handler may want the length first: 411, and the connection ends without the body")
    func lengthRequired() async throws {
        let handler = TestHTTPHandler { request in
            let status: HTTPStatus = request.bodyLength == .chunked ? .lengthRequired : .ok
            return .response(HTTPResponse(status: status, text: "so"))
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let text = try await server.answer(
                message(
                    "POST / HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close", body: "1\r\na\r\n0\r\n\r\n"))
            #expect(text.hasPrefix("HTTP/1.1 411 "))
        }
    }

    @Test(
        "a body over its limit is 413: at once where the length tells, else when the chunks do, and the reader hears it"
    )
    func tooLarge() async throws {
        let errors = Recorder<HTTPExchangeError>()
        let handler = TestHTTPHandler(bodyLimit: 10) { _ in
            .asynchronous { body in
                do throws(HTTPExchangeError) {
                    return .response(HTTPResponse(status: .ok, body: try await body.collect()))
                } catch {
                    errors.record(error)
                    throw error
                }
            }
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            #expect(
                try await server.answer(message("POST / HTTP/1.1", "Content-Length: 11")).hasPrefix("HTTP/1.1 413 "))
            let chunked = message("POST / HTTP/1.1", "Transfer-Encoding: chunked", body: "5\r\nhello\r\n6\r\n")
            #expect(try await server.answer(chunked).hasPrefix("HTTP/1.1 413 "))
            let bad = message("POST / HTTP/1.1", "Transfer-Encoding: chunked", body: "5\r\nhelloX")
            #expect(try await server.answer(bad).hasPrefix("HTTP/1.1 400 "))
            let found = try await errors.wait("both are told") { $0.count == 2 }
            #expect(found == [.request(.bodyTooLarge), .request(.invalidChunk)])
        }
    }

    @Test("a refused body is read away for a while, so that its sender meets the answer and not a reset")
    func refusedBody() async throws {
        var configuration = HTTPConfiguration()
        configuration.lingeringBytes = 20_000_000
        try await TestHTTPServer.run(configuration, Self.echo) { server in
            let peer = try await server.peer()
            await peer.send(
                Array(message("POST / HTTP/1.1", "Content-Length: 10000000").utf8)
                    + [UInt8](repeating: 65, count: 10_000_000))
            // The peer ends its side when it has seen the server's end, and has sent all by then.
            #expect(try await peer.receiveTextToEnd().hasPrefix("HTTP/1.1 413 "))
            #expect(peer.endReason == .endOfInput)
        }
    }

    @Test("of a refused body no more is read away than the bound, and then the connection is cut")
    func boundedLingering() async throws {
        var configuration = HTTPConfiguration()
        configuration.lingeringBytes = 100_000
        configuration.closeTimeout = .seconds(60)
        try await TestHTTPServer.run(configuration, Self.echo) { server in
            let peer = try await server.peer()
            await peer.send(message("POST / HTTP/1.1", "Content-Length: 100000000"))
            #expect(try await peer.receiveHead().hasPrefix("HTTP/1.1 413 "))
            await peer.send([UInt8](repeating: 65, count: 50_000_000))
            _ = try await peer.receiveToEnd(within: .seconds(20))
            try await eventually("nothing is left") { server.server.connectionCount == 0 }
        }
    }

    @Test("a larger body than is dropped, which the handler doesn't read, is answered at once and ends the connection")
    func unread() async throws {
        let handler = TestHTTPHandler(bodyLimit: 10_000_000) { _ in
            .response(HTTPResponse(status: .forbidden, text: "not you"))
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let peer = try await server.peer()
            await peer.send(message("POST / HTTP/1.1", "Content-Length: 5000000"))
            let head = try await peer.receiveHead()
            #expect(head.hasPrefix("HTTP/1.1 403 ") && head.contains("Connection: close"))
        }
    }

    @Test("a body that stops coming is 408, and its reader hears it")
    func slow() async throws {
        var configuration = HTTPConfiguration()
        configuration.requestTimeout = .seconds(2)
        try await TestHTTPServer.run(configuration, Self.echo) { server in
            let text = try await server.answer(message("POST / HTTP/1.1", "Content-Length: 5", body: "hel"))
            #expect(text.hasPrefix("HTTP/1.1 408 "))
            #expect(server.server.metrics.slowRequests == 1)
        }
    }

    @Test("a body that drips on for longer than a body may take is 408, though each part comes in time")
    func dripTooLong() async throws {
        var configuration = HTTPConfiguration()
        configuration.requestTimeout = .seconds(5)
        configuration.bodyTimeout = .milliseconds(700)
        try await TestHTTPServer.run(configuration, Self.echo) { server in
            let head = Array(message("POST / HTTP/1.1", "Content-Length: 1000").utf8)
            let peer = try await RawPeer.connect(
                to: server.address, sending: [head] + (0..<200).map { _ in [65] }, every: .milliseconds(50),
                on: server.server.group.next())
            #expect(try await peer.receiveTextToEnd().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test("between two parts of a body it is the handler's time that runs, not the peer's")
    func handlersTime() async throws {
        let handler = TestHTTPHandler { _ in
            .asynchronous { body in
                let first = try await body.next() ?? []
                try await Task.sleep(for: .seconds(3))
                return .response(HTTPResponse(status: .ok, body: first + (try await body.collect())))
            }
        }
        var configuration = HTTPConfiguration()
        configuration.requestTimeout = .seconds(2)
        try await TestHTTPServer.run(configuration, handler) { server in
            let text = try await server.answer(
                message("POST / HTTP/1.1", "Content-Length: 5", "Connection: close", body: "hello"))
            #expect(text.hasPrefix("HTTP/1.1 200 ") && text.hasSuffix("hello"))
        }
    }
}
