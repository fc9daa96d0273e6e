import TestSupport
import Testing
import Transport
import WebSocket

@Suite(.timeLimit(.minutes(2)))
struct ClosingTests {
    private static let impatient: WebSocketConfiguration = {
        var configuration = WebSocketConfiguration()
        configuration.closeTimeout = .milliseconds(300)
        return configuration
    }()

    @Test("the peer's Close is answered with its own code, and then the server ends the connection")
    func peerCloses() async throws {
        for code in [CloseCode.normalClosure, .goingAway, CloseCode(rawValue: 4321)] {
            try await TestServer.run { server in
                let peer = try await server.upgradedPeer()
                await peer.send(Client.text("last") + Client.close(code) + Client.text("too late"))
                let frames = try await peer.receiveFramesToEnd()
                #expect(frames.first == .text("last"))
                #expect(frames.dropFirst().map(\.closeCode) == [code])
                let ending = try await server.ending()
                #expect(ending.code == code && ending.wasClean && ending.wasPeers)
                #expect(server.recorder.events.count { $0.message != nil } == 1)
            }
        }
    }

    @Test("a Close without a code is answered by one without")
    func emptyClose() async throws {
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            await peer.send(Client.close(nil))
            #expect(try await peer.receiveFramesToEnd() == [ServerFrame(opcode: .close, payload: [])])
            let ending = try await server.ending()
            #expect(ending.code == nil && ending.wasClean && ending.wasPeers)
        }
    }

    @Test("a Close inside a fragmented message is answered at once")
    func closeInsideMessage() async throws {
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            await peer.send(Client.fragment(.text, "never ") + Client.close(.goingAway))
            #expect(try await peer.receiveFramesToEnd().map(\.closeCode) == [.goingAway])
        }
    }

    @Test("the server's Close waits for the peer's, and no message is handed on in between")
    func serverCloses() async throws {
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            let id = try await server.sessions(1)[0]
            try await server.onSession(id) { $0.close(CloseCode(rawValue: 4000), reason: "enough", on: $1) }
            let frames = try await peer.receiveFrames(1)
            #expect(frames[0].closeCode == CloseCode(rawValue: 4000))
            #expect(frames[0].payload.dropFirst(2).elementsEqual("enough".utf8))
            await peer.send(Client.text("crossing") + Client.close(CloseCode(rawValue: 4000)))
            #expect(try await peer.receiveFramesToEnd().count == 1)
            let ending = try await server.ending()
            #expect(ending.code == CloseCode(rawValue: 4000) && ending.reason == "enough")
            #expect(ending.wasClean && !ending.wasPeers)
            #expect(!server.recorder.events.contains { $0.message != nil })
        }
    }

    @Test("a peer that never answers the server's Close is cut at the close timeout", arguments: TestLoops.pollers)
    func unansweredClose(_ poller: EventLoopGroup.PollerKind) async throws {
        try await TestServer.runAlone(Self.impatient, poller: poller) { server in
            let peer = try await server.upgradedPeer()
            let id = try await server.sessions(1)[0]
            let start = ContinuousClock.now
            try await server.onSession(id) { $0.close(.normalClosure, on: $1) }
            try await peer.receiveToEnd()
            #expect(start.duration(to: .now) >= .milliseconds(290))
            let ending = try await server.ending()
            #expect(ending.code == .normalClosure && !ending.wasClean && !ending.wasPeers)
        }
    }

    static let violations: [([UInt8], CloseCode)] = [
        ([0x81, 0x01, 0x41], .protocolError),  // no mask
        (clientFrame(0xC1, [0x41]), .protocolError),  // RSV1
        (clientFrame(0x83, []), .protocolError),  // a reserved opcode
        (clientFrame(0x80, [0x41]), .protocolError),  // a continuation of nothing
        (clientFrame(0x09, []), .protocolError),  // a fragmented ping
        (clientFrame(0x01, [0x41]) + clientFrame(0x81, [0x41]), .protocolError),  // a message inside another
        (clientFrame(0x88, [0x03]), .protocolError),  // half a close code
        (clientFrame(0x88, [0x03, 0xED]), .protocolError),  // 1005
        (clientFrame(0x81, [0xC3, 0x28]), .invalidPayload),
        (clientFrame(0x01, [0xF4, 0x90]), .invalidPayload),  // in an unfinished message
    ]

    @Test("each violation gets its close code, then the connection ends", arguments: violations)
    func violation(_ bytes: [UInt8], _ code: CloseCode) async throws {
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            await peer.send(bytes)
            #expect(try await peer.receiveFramesToEnd().map(\.closeCode) == [code])
            let ending = try await server.ending()
            #expect(ending.code == code && !ending.wasClean && !ending.wasPeers)
        }
    }

    @Test("what is over a limit is closed from the header alone: 1009 for bytes, 1008 for fragments")
    func overLimits() async throws {
        var configuration = WebSocketConfiguration()
        configuration.limits = .init(messageSize: 100, fragments: 3)
        try await TestServer.run(configuration) { server in
            let peer = try await server.upgradedPeer()
            await peer.send([0x82, 0xFE, 0x00, 0x7E, 1, 2, 3, 4])  // 126 bytes to come, and none of them there
            #expect(try await peer.receiveFramesToEnd().map(\.closeCode) == [.messageTooBig])
            let huge = try await server.upgradedPeer()
            await huge.send([0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0])  // 2^62
            #expect(try await huge.receiveFramesToEnd().map(\.closeCode) == [.messageTooBig])
            let sum = try await server.upgradedPeer()
            await sum.send(Client.fragment(.binary, String(repeating: "x", count: 60)) + [0x00, 0x80 | 60, 1, 2, 3, 4])
            #expect(try await sum.receiveFramesToEnd().map(\.closeCode) == [.messageTooBig])
            let many = try await server.upgradedPeer()
            await many.send(Client.fragment(.text, "") + Client.fragment(.continuation, "") + Client.ping())
            await many.send(Client.fragment(.continuation, "") + Client.fragment(.continuation, ""))
            #expect(try await many.receiveFramesToEnd().map(\.closeCode) == [nil, .policyViolation])
        }
    }

    @Test("after a violation the connection is gone at the close timeout, even if the peer only goes on sending")
    func stubbornPeer() async throws {
        try await TestServer.runAlone(Self.impatient) { server in
            let peer = try await server.upgradedPeer(receiveBuffer: 4_096)
            await peer.pauseReading()
            await peer.send(clientFrame(0x83, []))
            let sender = Task {
                while !Task.isCancelled {
                    await peer.send([UInt8](repeating: 0, count: 1_000))
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            try await server.isEmpty()
            sender.cancel()
        }
    }

    @Test("a violation after the server's own Close adds no second one")
    func violationAfterClose() async throws {
        try await TestServer.runAlone(Self.impatient) { server in
            let peer = try await server.upgradedPeer()
            let id = try await server.sessions(1)[0]
            try await server.onSession(id) { $0.close(.normalClosure, on: $1) }
            try await peer.receiveFrames(1)
            await peer.send(clientFrame(0x83, []))
            #expect(try await peer.receiveFramesToEnd().map(\.closeCode) == [.normalClosure])
            #expect(try await server.ending().wasClean == false)
        }
    }

    @Test("a peer that vanishes ends its session with 1006")
    func vanished() async throws {
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            await peer.vanish()
            let ending = try await server.ending()
            #expect(ending.code == .abnormalClosure && !ending.wasClean && !ending.wasPeers)
            try await server.isEmpty()
        }
    }

    @Test("a handler that closes in the middle of a packet hears of nothing behind it")
    func closeInMidPacket() async throws {
        let handler = TestHandler(onReceived: { _, session, loop in
            session.close(.normalClosure, on: loop)
            session.close(.goingAway, on: loop)
            session.send(text: "not any more", on: loop)
        })
        try await TestServer.run(.init(), handler) { server in
            let peer = try await server.upgradedPeer()
            await peer.send(Client.text("one") + Client.text("two") + Client.ping() + Client.close(.normalClosure))
            #expect(try await peer.receiveFramesToEnd().map(\.closeCode) == [.normalClosure])
            #expect(server.recorder.events.count { $0.message != nil } == 1)
        }
    }
}
