import RESP
import Rooms
import Transport
import WebSocket

/// Everything that can be set, with its default.
struct Settings: Sendable {
    var host = "127.0.0.1"
    var port: UInt16 = 3000
    /// nil: the Redis on 127.0.0.1:6379 if there is one, else the embedded store.
    var redis: RedisConfiguration?
    var isEmbedded = false
    var history = 50
    var retention = 1_000
    /// nil: pages of this very host.
    var origins: OriginPolicy?
    /// nil: any where others than this machine can reach the server.
    var hosts: HostPolicy?
    var maximumMessage = 65_536
    var maximumText = 8_192
    /// Messages a second and member; 0: no limit.
    var rate = 10
    /// Joins a second that one address may make to one room; 0: no limit.
    var joinRate = 50
    /// For tests, whose clients are on this machine: whether they are counted as well.
    var limitsJoinsFromHere = false
    var rosterLimit = 1_000
    var drain: Duration = .seconds(5)
    /// nil: a fifth of `drain`.
    var drainDelay: Duration?
    var threads: Int
    var webRoot: String?
    /// nil: what the limit of open files allows.
    var maximumConnections: Int?
    var maximumConnectionsPerAddress = 0
    var handshakeTimeout: Duration = .seconds(10)
    var keepAliveTimeout: Duration = .seconds(75)
    var headerLine = 8_192
    var headers = 16_384
    var headerCount = 100
    var fragments = 1_024
    var outboundBudget = 1_048_576
    var pingInterval: Duration = .seconds(20)
    var pongTimeout: Duration = .seconds(20)
    var closeTimeout: Duration = .seconds(10)
    var maximumRooms = 10_000
    /// Which rooms may be entered.
    var rooms = RoomPolicy.any
    /// Whether permessage-deflate is negotiated with clients that offer it.
    var compresses = false
    var logLevel = Log.Level.info
    /// Whether anybody who reaches the port may read the counters.
    var tellsMetrics = false
    /// How long a join or a request is held, from when it arrives, while the store is away.
    var patience: Duration = .seconds(5)
    /// How long a send stays repeatable; a server frozen for longer sends everybody away.
    let repeatWindow: Duration = .seconds(300)
    /// How long a slow client may take no byte at all.
    var stallTimeout: Duration = .seconds(30)
    /// For proving that the checker finds what goes wrong; debug builds alone know it.
    var ignoresHoles = false
    /// For proving that servers of two versions get along; debug builds alone know it.
    var imitatesLaterVersion = false
    /// What is odd about the environment, in words for the log.
    var warnings: [String] = []

    /// - Parameter cores: the default for `threads`.
    init(cores: Int) { threads = cores }

    // MARK: What each part is given

    /// - Parameter descriptors: how many files the process may have open.
    func webSocket(descriptors: Int) -> WebSocketConfiguration {
        var configuration = WebSocketConfiguration()
        configuration.limits = .init(messageSize: maximumMessage, fragments: fragments)
        configuration.http = http(descriptors: descriptors)
        configuration.closeTimeout = closeTimeout
        configuration.pingInterval = pingInterval
        configuration.pongTimeout = pongTimeout
        configuration.outboundBudget = outboundBudget
        // A chat's clients ping now and then.
        configuration.maximumControlFrames = 250
        configuration.stallTimeout = stallTimeout
        if compresses { configuration.compression = PerMessageDeflate.Options() }
        return configuration
    }

    private func http(descriptors: Int) -> HTTPConfiguration {
        var configuration = HTTPConfiguration()
        configuration.limits = HTTPLimits(line: headerLine, head: headers, fields: headerCount)
        configuration.requestTimeout = handshakeTimeout
        configuration.keepAliveTimeout = keepAliveTimeout
        configuration.closeTimeout = closeTimeout
        configuration.outboundBudget = outboundBudget
        let budget = descriptorBudget(of: descriptors)
        configuration.maximumConnections = budget.connections
        configuration.maximumRefusals = budget.refusals
        configuration.maximumConnectionsPerAddress =
            maximumConnectionsPerAddress > 0 ? maximumConnectionsPerAddress : nil
        configuration.origins = origins ?? .sameOrigin
        configuration.hosts = hosts
        // Whoever runs the process asks it whether it lives, by whatever name.
        configuration.pathsForAnyHost = ["/live"]
        return configuration
    }

    /// - Parameter limit: how many files the process may have open.
    func descriptorBudget(of limit: Int) -> DescriptorBudget {
        DescriptorBudget(limit: limit, threads: threads, wanted: maximumConnections)
    }

    /// How long `/health` says that the server is going to end before the first farewell; most of `drain` stays for those.
    var farewellDelay: Duration { min(drainDelay ?? drain / 5, drain * 0.8) }

    /// Messages shown in one go take no more than a quarter of what may wait for a client: it must be able to join.
    var pageBytes: Int { min(256 * 1024, outboundBudget / 4) }

    /// Bytes of the largest message of the store's that is shown here. Other servers may be set to take longer texts:
    /// what this one takes from its own clients doesn't matter, but that it fits into what may wait for a client.
    var shownLimit: Int { max(RoomPayload.sizeLimit(text: maximumText), outboundBudget / 2) }

    var hub: RoomHub.Options {
        var options = RoomHub.Options()
        options.history = history
        options.maximumRooms = maximumRooms
        options.rosterLimit = rosterLimit
        options.pageBytes = pageBytes
        options.shownLimit = shownLimit
        options.ignoresHoles = ignoresHoles
        return options
    }

    /// What clients are told of the limits they must keep to.
    var limits: ClientLimits { ClientLimits(text: maximumText, message: maximumMessage, history: history) }

    var redisStore: RedisChatStore.Options {
        var options = RedisChatStore.Options()
        options.retention = retention
        options.messageLimit = shownLimit
        options.patience = patience
        options.repeatWindow = repeatWindow
        options.imitatesLaterVersion = imitatesLaterVersion
        return options
    }
}

/// What is wrong with the settings, in words for whoever starts the server.
struct SettingsError: Error, Equatable, CustomStringConvertible {
    let description: String
}
