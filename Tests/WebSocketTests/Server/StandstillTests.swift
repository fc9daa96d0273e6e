import TestSupport
import Testing
import Transport

@testable import WebSocket

@Suite("A process that stood still")
struct StandstillTests {
    private struct Listening: WebSocketHandler {
        let heard: Recorder<String>

        func received(_ message: WebSocketMessage, from session: WebSocketSession, on loop: isolated EventLoop) {
            if case .text(let text) = message { heard.record(text) }
        }
    }

    @Test("for too long closes every session with 1012 before anything is read from it")
    func tooLong() async throws {
        let group = try EventLoopGroup(count: 1)
        let heard = Recorder<String>()
        let server = WebSocketServer(handler: Listening(heard: heard), on: group)
        let port = try await server.listen(on: .loopback(port: 0)).port
        server.closeAllAfterFreeze(longerThan: .milliseconds(800), .serviceRestart)
        let client = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(port)/", on: TestLoops.next())
        await client.send("in time")
        try await heard.wait("the first message") { $0 == ["in time"] }
        let isStill = Recorder<Bool>()
        // As a stopped process: the loop does nothing at all, and what is sent meanwhile waits in the kernel.
        group.loops[0].submit { _ in
            isStill.record(true)
            let end = ContinuousClock.now.advanced(by: .seconds(3))
            while ContinuousClock.now < end {}
        }
        try await isStill.wait("the loop stands still") { !$0.isEmpty }
        await client.send("too late")
        await #expect(
            throws: WebSocketClientError.closed(.serviceRestart, reason: "the server was frozen for too long")
        ) {
            _ = try await client.receive()
        }
        #expect(heard.events == ["in time"])
        await server.shutDown()
        await group.shutDown()
    }
}
