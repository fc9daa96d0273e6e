@testable import ChatServer
@testable import Rooms

/// PUB/SUB: one link a server, which may lose, delay, repeat and reorder, and be cut without a word.
final class ModelBus {
    final class Link {
        weak var server: ModelServer?
        var isUp = false
        var isSubscribed = false
        /// It is cut, and the server doesn't know.
        var isMute = false
        /// Counts connections: what was under way on an earlier one is lost.
        var number = 0
        var lastArrival = 0
        /// So many payloads are lost.
        var toLose = 0
    }

    private let world: World
    private var links: [Link] = []
    /// The order of payloads is kept, as TCP does.
    var keepsOrder = true
    /// Percent of the payloads that arrive twice.
    var duplicates = 0
    var isStoreUp: () -> Bool = { true }

    init(_ world: World) { self.world = world }

    /// A server's link, which comes up by itself and comes back by itself.
    func link(for server: ModelServer) -> Link {
        let link = Link()
        link.server = server
        links.append(link)
        connect(link)
        return link
    }

    func remove(_ link: Link) { links.removeAll { $0 === link } }

    private func connect(_ link: Link) {
        world.after(world.random.milliseconds(1, 300)) { [self] in
            guard let server = link.server, server.isAlive else { return }
            guard isStoreUp(), !server.isFrozen else { return connect(link) }
            (link.isUp, link.isMute, link.isSubscribed) = (true, false, false)
            link.number += 1
            if server.isRoomOpen { subscribe(link) }
        }
    }

    func subscribe(_ link: Link) {
        guard link.isUp, !link.isMute else { return }
        let number = link.number
        world.after(world.random.number(100, 3_000)) { [self] in
            guard link.number == number, link.isUp, !link.isMute, isStoreUp() else { return }
            link.isSubscribed = true
            deliver(on: link, at: nextArrival(on: link)) { $0.confirmed() }
        }
    }

    func publish(_ payload: RoomPayload) {
        for link in links where link.isUp && link.isSubscribed && !link.isMute {
            if link.toLose > 0 {
                link.toLose -= 1
                world.note("bus: lost on the way to \(link.server?.name ?? "-")")
                continue
            }
            deliver(on: link, at: nextArrival(on: link)) { $0.received(payload) }
            if duplicates > 0, world.random.chance(duplicates) {
                deliver(on: link, at: nextArrival(on: link)) { $0.received(payload) }
            }
        }
    }

    private func nextArrival(on link: Link) -> Int {
        let spread = world.random.chance(5) ? 60_000 : 2_000
        let arrival = world.now + world.random.number(100, spread)
        if !keepsOrder { return arrival }
        link.lastArrival = max(link.lastArrival, arrival)
        return link.lastArrival
    }

    private func deliver(on link: Link, at time: Int, _ body: @escaping (ModelServer) -> Void) {
        let number = link.number
        world.at(time) {
            guard let server = link.server, link.number == number, link.isUp else { return }
            server.run(.bus) {
                if link.number == number, link.isUp { body(server) }
            }
        }
    }

    // MARK: Faults

    func loseNoMore() { for link in links { link.toLose = 0 } }

    func cutAll() {
        for link in links { cut(link, after: world.random.milliseconds(0, 30)) }
    }

    /// - Parameter delay: until the server notices.
    func cut(_ link: Link, after delay: Int) {
        guard link.isUp, !link.isMute else { return }
        world.note("bus: \(link.server?.name ?? "-") is cut off, and sees it in \(delay) µs")
        link.isMute = true
        let number = link.number
        world.after(delay) { [self] in
            guard link.number == number, let server = link.server else { return }
            server.run(.bus) { [self] in
                guard link.number == number, link.isUp else { return }
                (link.isUp, link.isSubscribed) = (false, false)
                server.disturbedAt = world.now
                server.disconnected()
                connect(link)
            }
        }
    }
}
