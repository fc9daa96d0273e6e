import TestSupport
import Transport

/// A listener whose connections are raw peers: the server of a client's nightmares.
final class RawListener: Sendable {
    private let listener: LoopBound<Listener>
    private let peers = Recorder<RawPeer>()
    let address: SocketAddress

    init() async throws {
        (listener, address) = try await TestLoops.next().run { [peers] loop in
            let listener = try Listener(on: .loopback(port: 0), loop: loop) { incoming, loop in
                if let peer = try? RawPeer.accepted(incoming, on: loop) { peers.record(peer) }
            }
            return (LoopBound(listener, on: loop), listener.localAddress)
        }
    }

    deinit { listener.loop.submit { [listener] loop in listener.open(on: loop).close(on: loop) } }

    /// The first to connect, as soon as it has.
    func peer() async throws -> RawPeer {
        try await peers.wait("somebody connects") { !$0.isEmpty }[0]
    }
}
