import Foundation
import TestSupport
import Testing

@testable import Transport

struct ConnectingTests {
    private func connect(
        to port: UInt16, timeout: Duration = .seconds(10), poller: EventLoopGroup.PollerKind
    ) async throws -> Recorder<ConnectionEvent> {
        let recorder = Recorder<ConnectionEvent>()
        try await TestLoops.next(poller).run { loop in
            let connection = try TCPConnection(
                connectingTo: .loopback(port: port), timeout: timeout, handler: RecordingHandler(recorder), on: loop)
            // Queued before there is a connection: it waits for it.
            #expect(connection.send(SharedBytes("early".utf8), on: loop) == .queued)
        }
        return recorder
    }

    @Test("what is sent before the connection is made goes first", arguments: TestLoops.pollers)
    func earlySend(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let recorder = try await connect(to: server.port, poller: poller)
        try await recorder.wait("connected") { $0 == [.opened] }
        try await server.recorder.wait("the bytes") { $0.bytes == Array("early".utf8) }
    }

    @Test("a refused connection ends with that reason", arguments: TestLoops.pollers)
    func refused(poller: EventLoopGroup.PollerKind) async throws {
        let recorder = try await connect(to: try FreePort.reserve(), poller: poller)
        let events = try await recorder.wait("the end") { $0.closeReason != nil }
        guard case .failed(let error) = events.closeReason, events.count == 1 else {
            Issue.record("\(events)")
            return
        }
        #expect(error.code == ECONNREFUSED)
        #expect(error.description.contains("refused"))
    }

    @Test("a connection that isn't answered ends after its timeout, not before", arguments: TestLoops.pollers)
    func timeout(poller: EventLoopGroup.PollerKind) async throws {
        // A listener whose queue is full drops what more comes in.
        let (listener, port) = try RawSocket.listener(backlog: 0)
        let fillers = try (0..<3).map { _ in try RawSocket.make() }
        for filler in fillers {
            _ = fcntl(filler.descriptor, F_SETFL, O_NONBLOCK)
            try filler.connect(to: port)
        }
        let start = ContinuousClock.now
        let recorder = try await connect(to: port, timeout: .milliseconds(60), poller: poller)
        try await recorder.wait("the end") { $0 == [.closed(.failed(.timedOut))] }
        #expect(start.duration(to: .now) >= .milliseconds(60))
        for socket in fillers + [listener] { socket.close() }
    }

    @Test("the system is told when to give a silent peer up", arguments: TestLoops.pollers)
    func keepAlive(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        try await TestLoops.next(poller).run { loop in
            let connection = try TCPConnection(
                connectingTo: .loopback(port: server.port), timeout: .seconds(10),
                handler: RecordingHandler(Recorder()), on: loop)
            #expect(connection.keepAlive == nil)
            let wanted = TCPKeepAlive(
                idle: .seconds(7), interval: .seconds(2), count: 4, unacknowledged: .seconds(9))
            connection.keepAlive = wanted
            #expect(connection.keepAlive == wanted)
            connection.keepAlive = TCPKeepAlive(idle: .zero, interval: .zero, count: 0, unacknowledged: .zero)
            #expect(connection.keepAlive?.idle == .seconds(1))
            connection.close(on: loop)
            #expect(connection.keepAlive == nil)
        }
    }

    @Test("closing while connecting tells the end, and nothing else", arguments: TestLoops.pollers)
    func closedWhileConnecting(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let recorder = Recorder<ConnectionEvent>()
        let loop = TestLoops.next(poller)
        try await loop.run { loop in
            let connection = try TCPConnection(
                connectingTo: .loopback(port: server.port), timeout: .milliseconds(20),
                handler: RecordingHandler(recorder), on: loop)
            connection.finish(within: .seconds(1), on: loop)
        }
        await loop.turns()
        #expect(recorder.events == [.closed(.closed)])
    }

    @Test("an address of the IPv6 loopback works as well", arguments: TestLoops.pollers)
    func ipv6(poller: EventLoopGroup.PollerKind) async throws {
        guard let address = SocketAddress(numericHost: "::1", port: 0) else { throw TestFailure("::1 is no address") }
        let (opened, received) = (Recorder<ConnectionEvent>(), Recorder<ConnectionEvent>())
        try await TestLoops.next(poller).run { loop in
            let listener = try Listener(on: address, loop: loop) { incoming, loop in
                #expect(incoming.remoteAddress.host == "::1")
                _ = try? incoming.open(handler: RecordingHandler(received), on: loop)
            }
            #expect(listener.localAddress.description == "[::1]:\(listener.localAddress.port)")
            let connection = try TCPConnection(
                connectingTo: listener.localAddress, timeout: .seconds(10), handler: RecordingHandler(opened), on: loop)
            connection.send(SharedBytes("six".utf8), on: loop)
            connection.finish(within: .seconds(5), on: loop)
        }
        // Finishing a connection that isn't made yet gives it up.
        try await opened.wait("the end") { $0.last == .closed(.closed) }
    }
}
