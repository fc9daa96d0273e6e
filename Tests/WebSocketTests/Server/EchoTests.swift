import TestSupport
import Testing
import Transport
import WebSocket

@Suite(.timeLimit(.minutes(2)))
struct EchoTests {
    @Test("text comes back as text and binary as binary, in order", arguments: TestLoops.pollers)
    func echo(_ poller: EventLoopGroup.PollerKind) async throws {
        try await TestServer.run(on: TestLoops.group(poller)) { server in
            let client = try await server.client()
            let messages: [WebSocketMessage] = [
                .text("hëllo"), .binary([0, 255, 1]), .text(""), .binary([]), .text(String(repeating: "x", count: 200)),
            ]
            for message in messages { await client.send(message) }
            for message in messages { #expect(try await client.receive() == message) }
            await client.close()
        }
    }

    @Test("messages at the bounds of the length's three encodings come back whole")
    func sizes() async throws {
        try await TestServer.run { server in
            let client = try await server.client()
            for size in [125, 126, 65_535, 65_536] {
                let message = WebSocketMessage.binary([UInt8](repeating: 7, count: size))
                await client.send(message)
                #expect(try await client.receive() == message)
            }
        }
    }

    @Test("fragments with a ping in between come back as one message, after the pong")
    func fragments() async throws {
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            await peer.send(Client.fragment(.text, "one "))
            await peer.send(Client.fragment(.continuation, "two ") + Client.ping([1, 2]))
            await peer.send(Client.fragment(.continuation, "three", isFinal: true))
            #expect(try await peer.receiveFrames(2) == [.pong([1, 2]), .text("one two three")])
        }
    }

    @Test("a message that comes byte by byte comes back whole")
    func byteByByte() async throws {
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            for byte in Client.text("slowly") { await peer.send([byte]) }
            #expect(try await peer.receiveFrames(1) == [.text("slowly")])
        }
    }

    @Test("frames in the packet of the handshake are the session's first messages", arguments: TestLoops.pollers)
    func bytesBehindTheHandshake(_ poller: EventLoopGroup.PollerKind) async throws {
        try await TestServer.run(on: TestLoops.group(poller)) { server in
            let peer = try await server.peer()
            await peer.send(Array(handshakeRequest().utf8) + Client.text("first") + Client.text("second").dropLast(3))
            #expect(try await peer.receiveFrames(1) == [.text("first")])
            await peer.send(Array(Client.text("second").suffix(3)))
            #expect(try await peer.receiveFrames(2) == [.text("first"), .text("second")])
        }
    }

    @Test("what the handler sends on opening goes before its first answer")
    func greeting() async throws {
        let handler = TestHandler(onOpened: { session, request, loop in
            session.send(text: "hello \(request.query("name") ?? "")", on: loop)
        })
        try await TestServer.run(.init(), handler) { server in
            let peer = try await server.peer()
            await peer.send(Array(handshakeRequest(target: "/?name=ada").utf8) + Client.text("hi"))
            #expect(try await peer.receiveFrames(2) == [.text("hello ada"), .text("hi")])
        }
    }

    @Test("a ping is answered with its own payload, an empty one and the longest too")
    func pong() async throws {
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            let payloads: [[UInt8]] = [[], [9], Array(0..<125)]
            for payload in payloads { await peer.send(Client.ping(payload)) }
            #expect(try await peer.receiveFrames(3) == payloads.map { .pong($0) })
        }
    }

    @Test("a pong nobody asked for is taken in silence")
    func unsolicitedPong() async throws {
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            await peer.send(EncodedFrame.pong([1], maskingKey: sampleKey).bytes + Client.text("still here"))
            #expect(try await peer.receiveFrames(1) == [.text("still here")])
        }
    }

    @Test("a session that pauses its input reads nothing more until it resumes it")
    func pause() async throws {
        let handler = TestHandler(onReceived: { message, session, loop in
            session.send(message, on: loop)
            if message == .text("stop") { session.pauseInput(on: loop) }
        })
        try await TestServer.run(.init(), handler) { server in
            let peer = try await server.upgradedPeer()
            let id = try await server.sessions(1)[0]
            await peer.send(Client.text("stop"))
            try await peer.receiveFrames(1)
            await peer.send(Client.text("later"))
            // A bystander's round trip: whatever was to happen on the loop has.
            for _ in 0..<2 { _ = await server.onLoop(id.loop) { _, _ in } }
            #expect(server.recorder.events.count { $0.message != nil } == 1)
            _ = try await server.onSession(id) { $0.resumeInput(on: $1) }
            #expect(try await peer.receiveFrames(2) == [.text("stop"), .text("later")])
        }
    }
}
