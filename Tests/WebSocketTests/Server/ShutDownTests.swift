import TestSupport
import Testing
import Transport
import WebSocket

@Suite(.timeLimit(.minutes(2)))
struct ShutDownTests {
    private func server(
        _ configuration: WebSocketConfiguration = .init(), on group: EventLoopGroup = TestLoops.group()
    ) async throws -> (server: WebSocketServer, address: SocketAddress, recorder: Recorder<ServerEvent>) {
        let handler = TestHandler()
        let server = WebSocketServer(configuration, handler: handler, on: group)
        return (server, try await server.listen(on: .loopback(port: 0)), handler.recorder)
    }

    @Test("shutting down ends every session with 1001, and accepts nobody any more", arguments: TestLoops.pollers)
    func goingAway(_ poller: EventLoopGroup.PollerKind) async throws {
        let (server, address, recorder) = try await server(on: TestLoops.group(poller))
        let clients = try await (0..<10).asyncMap { _ in
            try await WebSocketClient.connect(to: "ws://\(address)/", on: TestLoops.next())
        }
        try await within(.seconds(10), "the server shuts down") { await server.shutDown(reason: "bye") }
        for client in clients {
            await #expect(throws: WebSocketClientError.closed(.goingAway, reason: "bye")) { try await client.receive() }
        }
        #expect(recorder.events.compactMap(\.ending).allSatisfy { $0.code == .goingAway && $0.wasClean })
        #expect(recorder.events.count { $0.ending != nil } == 10)
        #expect(server.connectionCount == 0)
        await #expect(throws: WebSocketClientError.self) {
            try await WebSocketClient.connect(to: "ws://\(address)/", on: TestLoops.next())
        }
    }

    @Test("peers that never answer hold it up for one close timeout, however many loops there are")
    func stubborn() async throws {
        let group = try EventLoopGroup(count: 4)
        var configuration = WebSocketConfiguration()
        configuration.closeTimeout = .milliseconds(500)
        let (server, address, recorder) = try await server(configuration, on: group)
        let peers = try await (0..<8).asyncMap { _ in try await RawPeer.upgraded(to: address) }
        try await recorder.wait("all are open") { events in events.count { $0.openedID != nil } == 8 }
        let start = ContinuousClock.now
        await server.shutDown()
        #expect(start.duration(to: .now) < .milliseconds(1_500))
        for peer in peers { #expect(try await peer.receiveFramesToEnd().map(\.closeCode) == [.goingAway]) }
        await group.shutDown()
    }

    @Test("connections that haven't finished their handshake end too, and none of them becomes a session")
    func handshakes() async throws {
        let (server, address, recorder) = try await server()
        let peers = try await (0..<4).asyncMap { _ in try await RawPeer.connect(to: address) }
        for peer in peers[2...] { await peer.send(String(handshakeRequest().dropLast(2))) }
        try await eventually("all are counted") { server.connectionCount == 4 }
        // Only what the server has read tells it that a request is under way.
        for index in server.group.loops.indices {
            for _ in 0..<3 {
                await withCheckedContinuation { resume in server.submit(toLoop: index) { _, _ in resume.resume() } }
            }
        }
        async let ending: Void = server.shutDown()
        for peer in peers[2...] {
            _ = try? await peer.receive("an answer") { !$0.isEmpty }
            await peer.send("\r\n")
        }
        for peer in peers { #expect(!(try await peer.receiveTextToEnd().contains("101 Switching"))) }
        await ending
        #expect(recorder.events.isEmpty && server.connectionCount == 0)
    }

    @Test("when the loops stop, every session is told, and calls afterwards return")
    func loopsStop() async throws {
        let group = try EventLoopGroup(count: 2)
        let (server, address, recorder) = try await server(on: group)
        let client = try await WebSocketClient.connect(to: "ws://\(address)/", on: group.loops[1])
        await client.send("hi")
        #expect(try await client.receive() == .text("hi"))
        await group.shutDown()
        try await recorder.wait("the session has ended") { $0.contains { $0.ending != nil } }
        try await within(.seconds(10), "calls to a stopped loop return") {
            await client.send("anybody?")
            await #expect(throws: WebSocketClientError.self) { try await client.receive() }
            await client.close()
            await #expect(throws: WebSocketClientError.self) {
                try await WebSocketClient.connect(to: "ws://\(address)/", on: group.loops[0])
            }
            await #expect(throws: SystemError.self) { try await server.listen(on: .loopback(port: 0)) }
            await server.shutDown()
        }
        #expect(server.connectionCount == 0)
    }
}
