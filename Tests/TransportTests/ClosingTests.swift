import Foundation
import TestSupport
import Testing

@testable import Transport

struct ClosingTests {
    @Test("bytes that arrived with the end are read to the last one", arguments: TestLoops.pollers)
    func endWithDataLeft(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let peer = try await server.rawPeer()
        let bytes = pattern(1_000_000)
        try await peer.sendAll(bytes)
        peer.close()
        #expect(try await server.closeReason() == .endOfInput)
        #expect(server.recorder.events.bytes == bytes)
        #expect(server.recorder.events.last == .closed(.endOfInput))
    }

    @Test("a peer that ends its side still gets all that was queued", arguments: TestLoops.pollers)
    func halfClose(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller), budget: .max) { connection, _, loop in
            connection.send(SharedBytes(pattern(6_000_000)), on: loop)
        }
        let peer = try await server.rawPeer(receiveBuffer: 4096)
        peer.sendSome(Array("all of it, please".utf8)[...])
        peer.shutOutput()
        await server.loop.turns()
        #expect(server.recorder.events.closeReason == nil)
        #expect(try await server.onConnection { $0.send(SharedBytes([1]), on: $1) } == .closed)
        #expect(try await peer.receiveToEnd() == pattern(6_000_000))
        #expect(try await server.closeReason() == .endOfInput)
        peer.close()
    }

    @Test("a peer that ends its side and then vanishes ends the connection", arguments: TestLoops.pollers)
    func halfCloseThenReset(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller), budget: .max) { connection, _, loop in
            connection.send(SharedBytes(pattern(6_000_000)), on: loop)
        }
        let peer = try await server.rawPeer(receiveBuffer: 4096)
        peer.sendSome([1])
        peer.shutOutput()
        await server.loop.turns()
        peer.reset()
        guard case .failed = try await server.closeReason() else {
            Issue.record("\(server.recorder.events)")
            return
        }
    }

    @Test("finish writes what waits, shuts the output, and closes when the peer has", arguments: TestLoops.pollers)
    func finish(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller), budget: .max)
        let peer = try await server.rawPeer(receiveBuffer: 4096)
        let outcome = try await server.onConnection { connection, loop in
            connection.send(SharedBytes(pattern(6_000_000)), on: loop)
            connection.finish(within: .seconds(60), on: loop)
            // Once more changes nothing: what waits is still written.
            connection.finish(within: .seconds(60), on: loop)
            return connection.send(SharedBytes([1]), on: loop)
        }
        #expect(outcome == .closed)
        #expect(try await peer.receiveToEnd() == pattern(6_000_000))
        peer.sendSome(Array("who listens?".utf8)[...])
        await server.loop.turns()
        #expect(server.recorder.events.isEmpty)
        peer.close()
        #expect(try await server.closeReason() == .closed)
        #expect(server.recorder.events == [.closed(.closed)])
    }

    @Test("finish on an idle connection shuts the output at once", arguments: TestLoops.pollers)
    func finishIdle(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let peer = try await server.rawPeer()
        try await server.onConnection { connection, loop in
            connection.pauseInput(on: loop)
            connection.finish(within: .seconds(60), on: loop)
        }
        #expect(try await peer.receiveToEnd() == [])
        peer.close()
        #expect(try await server.closeReason() == .closed)
    }

    @Test("finish does not wait for ever for a peer that never ends", arguments: TestLoops.pollers)
    func finishTimeout(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let peer = try await server.rawPeer()
        defer { peer.close() }
        try await server.onConnection { connection, loop in connection.finish(within: .milliseconds(30), on: loop) }
        #expect(try await server.closeReason() == .closed)
    }

    @Test("a reset is a failure, with its reason", arguments: TestLoops.pollers)
    func reset(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let peer = try await server.rawPeer()
        peer.reset()
        guard case .failed(let error) = try await server.closeReason() else {
            Issue.record("\(server.recorder.events)")
            return
        }
        #expect(error.code == ECONNRESET)
    }

    @Test("what a peer said before it reset is read, even when writing to it fails first", arguments: TestLoops.pollers)
    func lastWordsBeforeReset(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let peer = try await server.rawPeer()
        try await server.onConnection { connection, loop in
            // All within one job, so that this tick's write is what meets the reset.
            peer.sendSome(pattern(100_000)[...])
            peer.reset()
            connection.send(SharedBytes("too late".utf8), on: loop)
        }
        guard case .failed = try await server.closeReason() else {
            Issue.record("\(server.recorder.events)")
            return
        }
        #expect(server.recorder.events.bytes == pattern(100_000))
    }

    @Test("closed by hand, the end is told once and last, and the peer sees it", arguments: TestLoops.pollers)
    func closeByHand(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller)) { connection, _, loop in
            connection.close(on: loop)
            connection.close(on: loop)
        }
        let peer = try await server.rawPeer()
        peer.sendSome([1])
        #expect(try await server.closeReason() == .closed)
        #expect(try await peer.receiveToEnd() == [])
        #expect(server.recorder.events == [.received([1]), .closed(.closed)])
        #expect(try await server.onConnection { $0.send(SharedBytes([1]), on: $1) } == .closed)
        peer.close()
    }

    @Test("a loop that stops writes what is queued, and tells every connection", arguments: TestLoops.pollers)
    func loopStops(poller: EventLoopGroup.PollerKind) async throws {
        let group = try EventLoopGroup(count: 1, poller: poller)
        let server = try await TestServer(on: group.next())
        let peer = try await server.rawPeer()
        try await server.onConnection { connection, loop in _ = connection.send(SharedBytes("bye".utf8), on: loop) }
        await group.shutDown()
        #expect(server.recorder.events == [.closed(.loopStopped)])
        #expect(try await peer.receiveToEnd() == Array("bye".utf8))
        peer.close()
    }
}
