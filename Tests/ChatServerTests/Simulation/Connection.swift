@testable import ChatServer
@testable import Rooms

/// A WebSocket between a client and a server: in order both ways, until it is cut.
final class Connection {
    enum Request {
        case send(id: String)
        case rename(String)
        case ping
        /// A Close frame.
        case close(Int)
    }

    let client: ModelClient
    let server: ModelServer
    weak var session: ModelSession?
    /// The client reads nothing until then,
    var stalledUntil = 0
    /// and then a frame in so many microseconds; 0: as they come.
    var pace = 0
    private let world: World
    private var isCut = false
    private var arrivalAtClient = 0
    private var arrivalAtServer = 0

    init(_ client: ModelClient, _ server: ModelServer) {
        (self.client, self.server, world) = (client, server, server.world)
    }

    private func latency() -> Int { world.random.number(100, world.random.chance(5) ? 40_000 : 2_000) }

    // MARK: To the client

    func deliver(_ frame: ModelFrame) { toClient { $0.received(frame, on: self) } }

    private func toClient(_ body: @escaping (ModelClient) -> Void) {
        arrivalAtClient = max(arrivalAtClient, world.now + latency())
        world.at(arrivalAtClient) { [self] in
            if !isCut, client.connection === self { body(client) }
        }
    }

    /// The server closes, and waits for the answer no longer than the close timeout.
    func close(_ code: Int) {
        toClient { [self] client in
            write(.close(code))
            client.closed(code, on: self)
        }
        server.after(10_000_000, .timers) { [self] in session?.ended(nil) }
    }

    /// The server's process is gone.
    func serverGone() { toClient { $0.closed(nil, on: self) } }

    // MARK: To the server

    func open(token: MemberToken?, position: RoomPosition?) {
        arrivalAtServer = world.now + latency()
        world.at(arrivalAtServer) { [self] in
            if isCut { return }
            guard server.isAlive else { return serverGone() }
            server.run(.sockets) { [self] in
                if !isCut { server.accept(self, token: token, position: position) }
            }
        }
    }

    func write(_ request: Request) {
        arrivalAtServer = max(arrivalAtServer, world.now + latency())
        world.at(arrivalAtServer) { [self] in
            if !isCut { server.run(.sockets) { [self] in session?.received(request) } }
        }
    }

    /// Nothing arrives any more, either way.
    /// - Parameter delay: until the server notices.
    func cut(noticedAfter delay: Int) {
        if isCut { return }
        isCut = true
        server.after(delay, .sockets) { [self] in session?.ended(nil) }
    }
}
