import TestSupport
import Testing
import Transport

@testable import WebSocket

@Suite(.timeLimit(.minutes(2)))
struct AdmissionTests {
    private static func configuration(maximum: Int = .max, perAddress: Int? = nil) -> WebSocketConfiguration {
        var configuration = WebSocketConfiguration()
        configuration.http.maximumConnections = maximum
        configuration.http.maximumConnectionsPerAddress = perAddress
        return configuration
    }

    @Test("one connection too many is answered with 503, and there is room again when another ends")
    func full() async throws {
        try await TestServer.run(Self.configuration(maximum: 2)) { server in
            let (first, second) = (try await server.client(), try await server.upgradedPeer())
            let third = try await server.peer()
            await third.send(handshakeRequest())
            let answer = try await third.receiveTextToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: "))
            await first.close()
            try await eventually("there is room") { server.server.connectionCount == 1 }
            let fourth = try await server.client()
            await fourth.send("in")
            #expect(try await fourth.receive() == .text("in"))
            withExtendedLifetime(second) {}
        }
    }

    @Test("one connection too many of an address is answered with 429, and takes nobody else's place")
    func perAddress() async throws {
        var configuration = Self.configuration(maximum: 4, perAddress: 2)
        configuration.http.closeTimeout = .seconds(30)
        try await TestServer.run(configuration) { server in
            let greedy = try await (0..<10).asyncMap { _ in try await server.peer() }
            for peer in greedy { await peer.pauseReading() }
            for peer in greedy[2...] {
                await peer.resumeReading()
                #expect(try await peer.receiveHead().hasPrefix("HTTP/1.1 429 "))
            }
            #expect(server.server.connectionCount == 2)
            let other = try await RawPeer.connect(to: server.address, from: "127.0.0.2")
            await other.send(handshakeRequest())
            #expect(try await other.receiveHead().hasPrefix("HTTP/1.1 101 "))
            for peer in greedy { await peer.vanish() }
            await other.vanish()
            try await server.isEmpty()
        }
    }

    @Test("many connections that open and vanish at every stage leave nothing behind", arguments: TestLoops.pollers)
    func churn(_ poller: EventLoopGroup.PollerKind) async throws {
        let handler = TestHandler(onOpened: { session, _, loop in
            session.neighbours.topics.subscribe(session, to: "all", on: loop)
        })
        try await TestServer.run(.init(), handler, on: TestLoops.group(poller)) { server in
            for round in 0..<5 {
                let peers = try await (0..<40).asyncMap { _ in try await server.peer() }
                for (index, peer) in peers.enumerated() {
                    switch index % 5 {
                    case 0: break
                    case 1: await peer.send("GET / HTTP/1.1\r\nHo")
                    case 2: await peer.send(handshakeRequest())
                    case 3: await peer.send(Array(handshakeRequest().utf8) + Client.text("\(round)"))
                    default: await peer.send(Array(handshakeRequest().utf8) + Client.close(.normalClosure))
                    }
                }
                server.server.publish(.text("news".utf8), to: "all")
                for peer in peers { await peer.vanish() }
            }
            try await server.isEmpty()
            let opened = server.recorder.events.compactMap(\.openedID)
            #expect(server.recorder.events.count { $0.ending != nil } == opened.count)
            for index in server.server.group.loops.indices {
                #expect(await server.onLoop(index) { context, _ in context.topics.count(of: "all") } == 0)
            }
        }
    }

    @Test("connections are dealt to all loops in turn, whoever else takes loops of the group in turn")
    func dealing() async throws {
        try await TestServer.run { server in
            let clients = try await (0..<6).asyncMap { _ in
                _ = server.server.group.next()
                return try await server.client()
            }
            #expect(try await server.sessions(6).map(\.loop) == [0, 1, 0, 1, 0, 1])
            withExtendedLifetime(clients) {}
        }
    }

    @Test("an IPv6 subscriber is counted by its /64, an IPv4 address mapped into IPv6 as itself")
    func addressKeys() throws {
        func key(_ host: String) throws -> AddressKey {
            AddressKey(try #require(SocketAddress(numericHost: host, port: 1)))
        }
        #expect(try key("2001:db8::1") == key("2001:db8::ffff:2"))
        #expect(try key("2001:db8::1") != key("2001:db8:0:1::1"))
        #expect(try key("::ffff:192.0.2.1") == key("192.0.2.1"))
        #expect(try key("::ffff:192.0.2.1") != key("::ffff:192.0.2.2"))
        #expect(try key("192.0.2.1") != key("192.0.2.2"))
    }

    @Test("only so many refused connections are told why; the rest are dropped, and places come back")
    func refusals() throws {
        let limiter = ConnectionLimiter(maximum: 1, maximumPerAddress: nil, maximumRefusals: 3)
        let address = SocketAddress.loopback(port: 1)
        guard case .admitted(let place) = limiter.admit(address) else { throw TestFailure("there was room") }
        let refused = (0..<3).compactMap { _ -> ConnectionPlace? in
            if case .refused(let place, _) = limiter.admit(address) { place } else { nil }
        }
        #expect(refused.count == 3)
        guard case .dropped = limiter.admit(address) else { throw TestFailure("one refusal too many") }
        for place in refused { place.release(address) }
        #expect(limiter.openCount == 1)
        place.release(address)
        guard case .admitted = limiter.admit(address) else { throw TestFailure("there is room again") }
    }
}
