import HTTP
import TestSupport
import Testing
import Transport

/// Answers that are written piece by piece, on real sockets.
@Suite(.timeLimit(.minutes(2)))
struct StreamedAnswerTests {
    private static let head = HTTPResponse(status: .ok, headers: ["Content-Type": "text/plain"])

    private static let counting = TestHTTPHandler { request in
        if request.path == "/now" { return .response(HTTPResponse(status: .ok, text: "now")) }
        return .streaming(head) { writer in
            for word in ["one ", "", "two ", "three"] { try await writer.write(word) }
        }
    }

    @Test("HTTP/1.1 gets a stream in chunks, and the next answer behind its end")
    func chunked() async throws {
        try await TestHTTPServer.run(.init(), Self.counting) { server in
            let text = try await server.answer(
                message("GET / HTTP/1.1") + message("GET /now HTTP/1.1", "Connection: close"))
            #expect(text.contains("\r\nTransfer-Encoding: chunked\r\n") && text.contains("\r\nDate: "))
            #expect(!text.prefix(while: { $0 != "4" }).contains("Content-Length"))
            #expect(text.contains("\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"))
            #expect(text.hasSuffix("now\n"))
        }
    }

    @Test("HTTP/1.0 gets a stream as it is, and the end of the connection behind it")
    func old() async throws {
        try await TestHTTPServer.run(.init(), Self.counting) { server in
            let text = try await server.answer("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(text.contains("\r\nConnection: close\r\n") && !text.contains("Transfer-Encoding"))
            #expect(text.hasSuffix("\r\n\r\none two three"))
        }
    }

    @Test("HEAD gets the head of a stream alone, and nobody is asked to write")
    func headRequest() async throws {
        let asked = Recorder<String>()
        let handler = TestHTTPHandler { request in
            .stream(Self.head) { stream, loop in
                asked.record(request.method)
                stream.end(on: loop)
            }
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let text = try await server.answer(
                message("HEAD / HTTP/1.1") + message("HEAD / HTTP/1.1", "Connection: close"))
            #expect(text.occurrences(of: "HTTP/1.1 200 OK") == 2 && text.hasSuffix("\r\n\r\n"))
            #expect(asked.events.isEmpty)
        }
    }

    @Test("whoever writes waits for a peer that doesn't read, so that no more than the budget and a piece waits")
    func backPressure() async throws {
        let written = Recorder<Int>()
        let piece = [UInt8](repeating: 65, count: 50_000)
        let handler = TestHTTPHandler { _ in
            .streaming(Self.head) { writer in
                for index in 0..<1_000 {
                    try await writer.write(piece)
                    written.record(index)
                }
            }
        }
        var configuration = HTTPConfiguration()
        configuration.outboundBudget = 200_000
        try await TestHTTPServer.run(configuration, handler) { server in
            let peer = try await server.peer(receiveBuffer: 4_096)
            await peer.pauseReading()
            await peer.send(message("GET / HTTP/1.1", "Connection: close"))
            try await written.wait("it begins") { !$0.isEmpty }
            var count = 0
            repeat {
                count = written.events.count
                try await Task.sleep(for: .milliseconds(200))
            } while written.events.count != count
            #expect(count < 500, "what the system's buffers take is out of our hands")
            await peer.resumeReading()
            let bytes = try await peer.receiveToEnd()
            #expect(bytes.count { $0 == 65 } >= 50_000_000 && written.events.count == 1_000)
        }
    }

    @Test("a peer that takes nothing of a stream for too long is cut off, one that is sent nothing is not")
    func stalled() async throws {
        let handler = TestHTTPHandler { request in
            .streaming(Self.head) { writer in
                if request.path == "/quiet" { try await Task.sleep(for: .milliseconds(1_500)) }
                if request.path == "/quiet" { return try await writer.write("still here") }
                while true { try await writer.write([UInt8](repeating: 65, count: 100_000)) }
            }
        }
        var configuration = HTTPConfiguration()
        configuration.stallTimeout = .milliseconds(300)
        try await TestHTTPServer.run(configuration, handler) { server in
            let quiet = try await server.peer()
            await quiet.send(message("GET /quiet HTTP/1.1", "Connection: close"))
            let peer = try await server.peer(receiveBuffer: 4_096)
            await peer.pauseReading()
            await peer.send(message("GET / HTTP/1.1"))
            try await eventually("it is cut off") { server.server.metrics.stalledStreams == 1 }
            #expect(try await quiet.receiveTextToEnd().contains("still here"))
        }
    }

    @Test("a stream that fails ends without its end, so that the peer knows")
    func failing() async throws {
        let handler = TestHTTPHandler { _ in
            .streaming(Self.head) { writer in
                try await writer.write("half")
                throw TestFailure("no more")
            }
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let text = try await server.answer(message("GET / HTTP/1.1"))
            #expect(text.hasSuffix("4\r\nhalf\r\n"))
            let peer = try await server.peer()
            await peer.send("GET / HTTP/1.0\r\n\r\n")
            try await peer.receiveToEnd()
            try await eventually("both have ended") { server.server.connectionCount == 0 }
        }
    }

    @Test("a client that goes ends its stream at once, and so does the server's end")
    func gone() async throws {
        let streams = Recorder<String>()
        final class Owner: HTTPResponseStreamHandler {
            let streams: Recorder<String>
            init(_ streams: Recorder<String>) { self.streams = streams }
            func drained(_ stream: HTTPResponseStream, on loop: isolated EventLoop) { streams.record("drained") }
            func ended(_ stream: HTTPResponseStream, on loop: isolated EventLoop) {
                streams.record("ended \(stream.isOpen) \(stream.send(SharedBytes([1]), on: loop) == .closed)")
            }
        }
        let handler = TestHTTPHandler { _ in
            .stream(Self.head) { stream, loop in
                stream.handler = Owner(streams)
                stream.send(SharedBytes(Array("data: hello\n\n".utf8)), on: loop)
                stream.awaitDrain(on: loop)
            }
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let peer = try await server.peer()
            await peer.send(message("GET / HTTP/1.1"))
            try await peer.receive("the first event") { String(decoding: $0, as: UTF8.self).contains("hello") }
            await peer.vanish()
            try await streams.wait("it has ended") { $0 == ["drained", "ended false true"] }
            let other = try await server.peer()
            await other.send(message("GET / HTTP/1.1"))
            try await streams.wait("the second") { $0.count == 3 }
            await server.server.shutDown()
            try await streams.wait("the second has ended") { $0.last == "ended false true" && $0.count == 4 }
            #expect(try await other.receiveTextToEnd().hasSuffix("data: hello\n\n\r\n"))
        }
    }

    @Test("a stream may come later, behind a body that was read")
    func later() async throws {
        let handler = TestHTTPHandler { _ in
            .asynchronous { body in
                let bytes = try await body.collect()
                return .streaming(Self.head) { writer in
                    for byte in bytes { try await writer.write([byte]) }
                }
            }
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let text = try await server.answer(
                message("POST / HTTP/1.1", "Content-Length: 2", "Connection: close", body: "ab"))
            #expect(text.hasSuffix("\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n"))
        }
    }
}
