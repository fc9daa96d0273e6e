import RESP
import Rooms
import Transport
import WebSocket

/// The parts of a server, put together, and taken apart again.
final class RunningServer: Sendable {
    private let settings: Settings
    private let parts = Locked<(ChatService, WebSocketServer)?>(nil)

    init(_ settings: Settings) { self.settings = settings }

    /// Listens, or ends the process with a word on why it can't.
    func start() async {
        let descriptors = System.raiseDescriptorLimit()
        check(descriptors)
        let serverName = RandomText.server
        do {
            let pages = try settings.webRoot.map { try WebPages(folder: $0) } ?? .embedded
            let group = makeGroup()
            let store = await makeStore(serverName: serverName, on: group)
            let service = ChatService(settings: settings, store: store, serverName: serverName, pages: pages)
            let server = WebSocketServer(
                settings.webSocket(descriptors: descriptors), handler: service, on: group)
            parts.withLock { $0 = (service, server) }
            await service.start(server)
            await untilServing(store, on: group.loops[0])
            guard let address = SocketAddress(numericHost: settings.host, port: settings.port) else { return }
            let listening = try await server.listen(on: address)
            announce(listening)
        } catch let error as SystemError {
            ChatServerMain.fail("can't listen on \(settings.host), port \(settings.port): \(error)")
        } catch {
            ChatServerMain.fail("there is no page in the folder \(settings.webRoot ?? ""): index.html is needed")
        }
    }

    /// A server that is healthy in a moment says so from the first request on; one that isn't listens all the same.
    private func untilServing(_ store: any ChatStore, on loop: EventLoop) async {
        let limit = ContinuousClock.now.advanced(by: .seconds(1))
        while store.problem != nil, ContinuousClock.now < limit { await loop.sleep(for: .milliseconds(10)) }
    }

    private func makeGroup() -> EventLoopGroup {
        do throws(SystemError) {
            return try EventLoopGroup(count: settings.threads)
        } catch {
            ChatServerMain.fail("can't start \(settings.threads) event loops (--threads): \(error)")
        }
    }

    private func check(_ descriptors: Int) {
        let budget = settings.descriptorBudget(of: descriptors)
        guard budget.isEnough else {
            ChatServerMain.fail(
                "the limit of open files is \(descriptors), and \(budget.needed) are needed at least for "
                    + "\(settings.threads) threads: raise it (ulimit -n), or set --threads")
        }
        if let wanted = settings.maximumConnections, wanted > budget.connections {
            Log.warning(
                "of \(descriptors) files that may be open, \(budget.connections) can be connections: --max-connections "
                    + "\(wanted) would be too many")
        }
    }

    private func announce(_ address: SocketAddress) {
        let host = address.host == "0.0.0.0" || address.host == "::" ? "127.0.0.1" : address.host
        let name = host.contains(":") ? "[\(host)]" : host
        System.writeStandard(1, Array("The chat is at http://\(name):\(address.port)\n".utf8))
    }

    func stop() async {
        guard let (service, server) = parts.withLock({ $0 }) else { return }
        await withTaskGroup { group in
            group.addTask { [settings] in
                await service.drain(server, within: settings.drain, delay: settings.farewellDelay)
            }
            group.addTask { [settings] in await server.group.loops[0].sleep(for: settings.drain) }
            // Whichever is first: a store that doesn't answer must not hold the end up.
            await group.next()
            group.cancelAll()
            System.exit(0)
        }
    }

    // MARK: The store

    private func makeStore(serverName: String, on group: EventLoopGroup) async -> any ChatStore {
        if settings.isEmbedded { return embeddedStore(serverName) }
        if let configuration = settings.redis { return await redisStore(configuration, serverName, on: group) }
        let usual = RedisConfiguration()
        switch await StoreChoice.look(for: usual, on: group.loops[0]) {
        case .redis: return await redisStore(usual, serverName, on: group)
        case .embedded: return embeddedStore(serverName)
        case .failure(let words): ChatServerMain.fail(words)
        }
    }

    private func embeddedStore(_ serverName: String) -> InMemoryChatStore {
        let store = InMemoryChatStore(
            retention: settings.retention, server: serverName, wallClock: WallClock.milliseconds)
        Log.info(store.summary)
        return store
    }

    private func redisStore(
        _ configuration: RedisConfiguration, _ serverName: String, on group: EventLoopGroup
    ) async -> RedisChatStore {
        let store = RedisChatStore(configuration, options: settings.redisStore, server: serverName, on: group)
        // First of all, before a word on how it is.
        Log.info(store.summary)
        do throws(RedisError) {
            try await describe(store)
        } catch {
            Log.warning("\(error); until it answers nobody can join")
            Task { await waitForRedis(store, on: group.loops[0]) }
        }
        return store
    }

    private func describe(_ store: RedisChatStore) async throws(RedisError) {
        let info = try await store.describeServer(within: .seconds(2))
        if info.isTooOld { Log.warning("Redis \(info.version) is too old: 6.2 or newer is needed") }
    }

    /// Says now and then what Redis lacks, until it answers for the first time.
    private func waitForRedis(_ store: RedisChatStore, on loop: EventLoop) async {
        while true {
            await loop.sleep(for: .seconds(10))
            do throws(RedisError) {
                return try await describe(store)
            } catch {
                Log.warning("\(error); nobody can join yet")
            }
        }
    }
}
