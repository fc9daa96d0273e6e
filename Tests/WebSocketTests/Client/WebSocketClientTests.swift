import TestSupport
import Testing
import Transport

@testable import WebSocket

@Suite(.timeLimit(.minutes(2)))
struct WebSocketClientTests {
    @Test("messages arrive in the order they were sent, those read late too", arguments: TestLoops.pollers)
    func order(_ poller: EventLoopGroup.PollerKind) async throws {
        let handler = TestHandler(onReceived: { _, session, loop in
            for number in 0..<3_000 { session.send(text: "\(number)", on: loop) }
        })
        try await TestServer.run(.init(), handler, on: TestLoops.group(poller)) { server in
            let client = try await server.client()
            await client.send("go")
            for number in 0..<3_000 { #expect(try await client.receive() == .text("\(number)")) }
        }
    }

    @Test("an 8 MiB message goes both ways")
    func large() async throws {
        var configuration = WebSocketConfiguration()
        configuration.limits.messageSize = 8 << 20
        configuration.outboundBudget = 9 << 20
        try await TestServer.run(configuration) { server in
            let client = try await server.client()
            let message = WebSocketMessage.binary((0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 >> 8) })
            await client.send(message)
            #expect(try await client.receive() == message)
        }
    }

    @Test("a client that doesn't read makes the server wait, and misses nothing when it does")
    func backpressure() async throws {
        let size = 65_536
        let next: @Sendable (WebSocketSession, isolated EventLoop) -> Void = { session, loop in
            session.send(.binary([UInt8](repeating: 1, count: size)), on: loop)
            session.awaitDrain(on: loop)
        }
        try await TestServer.run(.init(), TestHandler(onReceived: { next($1, $2) }, onDrained: next)) { server in
            let client = try await server.client()
            await client.send("go")
            let sent: @Sendable () -> Int = {
                server.recorder.events.count { if case .drained = $0 { true } else { false } }
            }
            try await eventually("the server can send no more") {
                let before = sent()
                try await Task.sleep(for: .milliseconds(200))
                return before > 0 && sent() == before
            }
            let stopped = sent()
            // The client's inbox, and what the system's buffers take.
            #expect(stopped * size < 24 << 20)
            for _ in 0..<stopped + 100 {
                #expect(try await client.receive() == .binary([UInt8](repeating: 1, count: size)))
            }
            await client.abort()
        }
    }

    @Test("a server that floods with pings and reads no pongs costs the client no memory")
    func pingFlood() async throws {
        let listener = try await RawListener()
        async let connecting = WebSocketClient.connect(to: "ws://\(listener.address)/", on: TestLoops.next())
        let peer = try await listener.peer()
        try await accept(peer)
        let client = try await connecting
        await peer.pauseReading()
        let flood = [UInt8](
            (0..<2_000).map { _ in EncodedFrame.ping([UInt8](repeating: 7, count: 125)).bytes }.joined())
        for _ in 0..<100 { await peer.send(flood) }
        await peer.send(EncodedFrame.text("end").bytes)
        #expect(try await client.receive() == .text("end"))
        #expect(await client.queuedByteCount < 2 << 20)
        await client.abort()
    }

    // MARK: Handshakes that fail

    @Test("a refused handshake says with which status")
    func refused() async throws {
        try await TestServer.run { server in
            let error = await #expect(throws: WebSocketClientError.self) {
                try await WebSocketClient.connect(to: "\(server.url)nowhere", on: TestLoops.next())
            }
            guard case .handshake(.refused(let head))? = error else {
                Issue.record("not refused: \(String(describing: error))")
                return
            }
            #expect(head.status == .notFound)
            try await server.isEmpty()
        }
    }

    @Test("nobody listening, a bad address and TLS are errors at once")
    func unreachable() async throws {
        let port = try FreePort.reserve()
        for url in ["ws://127.0.0.1:\(port)/", "wss://127.0.0.1/", "http://127.0.0.1/", "nonsense", ""] {
            await #expect(throws: WebSocketClientError.self) {
                try await WebSocketClient.connect(to: url, on: TestLoops.next())
            }
        }
    }

    @Test("a server that says nothing is given up when the time is over, and one that hangs up at once")
    func silentServer() async throws {
        let listener = try await RawListener()
        var options = WebSocketClient.Options()
        options.timeout = .milliseconds(200)
        await #expect(throws: WebSocketClientError.timedOut) {
            try await WebSocketClient.connect(to: "ws://\(listener.address)/", options: options, on: TestLoops.next())
        }
        let other = try await RawListener()
        let connecting = Task { try await WebSocketClient.connect(to: "ws://\(other.address)/", on: TestLoops.next()) }
        await (try await other.peer()).vanish()
        await #expect(throws: WebSocketClientError.self) { try await connecting.value }
    }

    // MARK: Endings

    @Test("the client's Close is answered, and what came before it can still be read")
    func close() async throws {
        try await TestServer.run { server in
            let client = try await server.client()
            await client.send("one")
            await client.send("two")
            await client.close(CloseCode(rawValue: 4001), reason: "done")
            let ending = try await server.ending()
            #expect(ending.code == CloseCode(rawValue: 4001) && ending.reason == "done")
            #expect(ending.wasClean && ending.wasPeers)
            for text in ["one", "two"] { #expect(try await client.receive() == .text(text)) }
            await #expect(throws: WebSocketClientError.closed(CloseCode(rawValue: 4001), reason: "")) {
                try await client.receive()
            }
            await client.send("too late")
            await client.close()
        }
    }

    @Test("the server's Close reaches a client that waits, with code and reason")
    func serverCloses() async throws {
        try await TestServer.run { server in
            let client = try await server.client()
            let id = try await server.sessions(1)[0]
            let waiting = Task { try await client.receive() }
            try await server.onSession(id) { $0.close(CloseCode(rawValue: 4002), reason: "enough", on: $1) }
            await #expect(throws: WebSocketClientError.closed(CloseCode(rawValue: 4002), reason: "enough")) {
                try await waiting.value
            }
            #expect(try await server.ending().wasClean)
        }
    }

    @Test("an aborted client is gone without a Close, and its own calls return")
    func abort() async throws {
        try await TestServer.run { server in
            let client = try await server.client()
            let waiting = Task { try await client.receive() }
            await client.abort()
            await #expect(throws: WebSocketClientError.self) { try await waiting.value }
            let ending = try await server.ending()
            #expect(ending.code == .abnormalClosure && !ending.wasClean)
            await client.send("too late")
            await client.close()
        }
    }

    @Test("a server that never answers the client's Close is left at the close timeout")
    func unansweredClose() async throws {
        let listener = try await RawListener()
        var options = WebSocketClient.Options()
        options.closeTimeout = .milliseconds(200)
        let url = "ws://\(listener.address)/"
        async let connecting = WebSocketClient.connect(to: url, options: options, on: TestLoops.next())
        let peer = try await listener.peer()
        try await accept(peer)
        let client = try await connecting
        try await within(.seconds(10), "the client gives up") { await client.close() }
        await #expect(throws: WebSocketClientError.self) { try await client.receive() }
    }

    @Test("a server that breaks the protocol is told so, and so is the client's owner")
    func violation() async throws {
        let listener = try await RawListener()
        async let connecting = WebSocketClient.connect(to: "ws://\(listener.address)/", on: TestLoops.next())
        let peer = try await listener.peer()
        // The masked frame comes in the packet of the handshake.
        try await accept(peer, Client.text("masked"))
        let client = try await connecting
        await #expect(throws: WebSocketClientError.violation(.maskedFrame)) { try await client.receive() }
        let rules = FrameHeader.Rules(requiresMask: true)
        let bytes = try await peer.receive("a Close") { $0.count >= ($0.endOfHead ?? 0) + 8 }
        let frame = Array(bytes[(bytes.endOfHead ?? 0)...])
        let header = try #require(frame.withUnsafeBytes { try? FrameHeader.parse($0, rules: rules) })
        #expect(header.opcode == .close)
    }

    /// Answers the client's handshake as a server should; `more` goes into the same packet.
    private func accept(_ peer: RawPeer, _ more: [UInt8] = []) async throws {
        let request = try await peer.receiveHead()
        let line = try #require(request.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Key: ") })
        let value = Handshake.acceptValue(forKey: String(line.dropFirst("Sec-WebSocket-Key: ".count)))
        let fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \(value)\r\n"
        await peer.send(Array("HTTP/1.1 101 Switching Protocols\r\n\(fields)\r\n".utf8) + more)
    }
}
