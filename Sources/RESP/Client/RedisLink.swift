import Transport

/// One TCP link to Redis, kept up: resolve, connect, greet; when it is lost, wait a moment and begin again.
final class RedisLink {
    private enum State {
        case stopped
        case resolving
        case connecting(TCPConnection)
        case greeting(TCPConnection)
        case ready(TCPConnection)
        case waiting(TimerToken)
    }

    private let configuration: RedisConfiguration
    private let greeting: [RedisCommand]
    weak var owner: (any RedisLinkOwner)?
    private var state = State.stopped
    private var isStopped = true
    private var decoder: RESPDecoder
    private var greetingReplies: [RESPValue] = []
    private var reconnection = Reconnection()
    private var order = AddressOrder<SocketAddress>()
    /// The address of the present attempt, or link.
    private var address: SocketAddress?
    private var greetingTimer: TimerToken?
    private var greetingDeadline: ContinuousClock.Instant = .now
    private var readySince: ContinuousClock.Instant = .now
    private var failure = LinkFailure.notYet
    private(set) var lastReceived: ContinuousClock.Instant = .now
    /// Whether the present connection has said anything.
    private var hasHeard = false

    /// - Parameter greeting: sent first on every connect; an error among the replies fails the attempt.
    init(configuration: RedisConfiguration, greeting: [RedisCommand], owner: any RedisLinkOwner) {
        self.configuration = configuration
        self.greeting = greeting
        self.owner = owner
        decoder = RESPDecoder(limits: configuration.limits)
    }

    /// How many bytes the link takes before it asks its owner to wait for `linkDrained`.
    static let highWater = 1_048_576

    /// A link that has been up for so long counts as made.
    private static let stability: Duration = .seconds(1)

    /// How many more bytes may be written now.
    var capacity: Int {
        guard case .ready(let connection) = state else { return 0 }
        return max(0, Self.highWater - connection.queuedByteCount)
    }

    /// How many bytes Redis' system hasn't acknowledged.
    var unacknowledgedByteCount: Int {
        guard case .ready(let connection) = state else { return 0 }
        return connection.unacknowledgedByteCount
    }

    // MARK: Up and down

    func start(on loop: isolated EventLoop) {
        if !isStopped { return }
        isStopped = false
        attempt(on: loop)
    }

    func stop(on loop: isolated EventLoop) {
        owner = nil
        isStopped = true
        end(on: loop)
    }

    /// What went wrong last; in words, for the errors of commands that wait.
    var lastFailure: String { failure.description }

    /// Gives the present connection up; the link comes back by itself.
    /// - Parameter isUseless: what is at its address can't do what it is for: the name's others are tried first.
    func drop(_ reason: String, isUseless: Bool = false, on loop: isolated EventLoop) {
        if isUseless, let address { order.failed(address) }
        fail(.lost(reason), on: loop)
    }

    /// At the end of a tick.
    func write(_ bytes: [UInt8], on loop: isolated EventLoop) {
        guard case .ready(let connection) = state else { return }
        // Judged before the system takes some: whoever has more to write waits for the word that it may.
        let isFull = connection.queuedByteCount + bytes.count >= Self.highWater
        _ = connection.sendAtEndOfTick(SharedBytes(bytes), on: loop)
        if isFull { connection.awaitDrain(on: loop) }
    }

    private func attempt(on loop: isolated EventLoop) {
        if let address = order.next() { return connect(to: address, on: loop) }
        if let address = SocketAddress(numericHost: configuration.host, port: configuration.port) {
            return connect(to: address, on: loop)
        }
        state = .resolving
        let (host, port, link) = (configuration.host, configuration.port, LoopBound(self, on: loop))
        let resolve = configuration.resolve
        Task {
            let result: Result<[SocketAddress], SystemError>
            do throws(SystemError) {
                result = .success(try await resolve(host, port))
            } catch {
                result = .failure(error)
            }
            link.loop.submit { loop in link.open(on: loop).resolved(result, on: loop) }
        }
    }

    private func resolved(_ result: Result<[SocketAddress], SystemError>, on loop: isolated EventLoop) {
        guard !isStopped, case .resolving = state else { return }
        switch result {
        case .success(let found):
            order.found(found)
            guard let address = order.next() else {
                return fail(.unreachable(configuration.host, nil), on: loop)
            }
            connect(to: address, on: loop)
        case .failure(let error):
            fail(.unreachable(configuration.host, error), on: loop)
        }
    }

    private func connect(to address: SocketAddress, on loop: isolated EventLoop) {
        greetingDeadline = loop.now.advanced(by: configuration.connectTimeout)
        self.address = address
        do {
            let connection = try TCPConnection(
                connectingTo: address, timeout: configuration.connectTimeout, handler: self, on: loop)
            connection.outboundBudget = .max
            connection.keepAlive = configuration.keepAlive
            state = .connecting(connection)
        } catch {
            connectingFailed(error, on: loop)
        }
    }

    /// The name's next address, if there is one, is tried at once.
    private func connectingFailed(_ error: SystemError, on loop: isolated EventLoop) {
        if let address { order.failed(address) }
        if order.isExhausted {
            return fail(.unreachable(address?.description ?? configuration.host, error), on: loop)
        }
        state = .stopped
        attempt(on: loop)
    }

    private func end(on loop: isolated EventLoop) {
        if let greetingTimer { loop.cancel(greetingTimer) }
        greetingTimer = nil
        let old = state
        state = .stopped
        switch old {
        case .connecting(let connection), .greeting(let connection), .ready(let connection):
            connection.close(on: loop)
        case .waiting(let timer): loop.cancel(timer)
        case .stopped, .resolving: break
        }
    }

    private func fail(_ failure: LinkFailure, on loop: isolated EventLoop) {
        // Whoever has stopped the link, perhaps while its bytes are being read, doesn't want it back.
        if isStopped { return }
        if case .waiting = state { return }
        self.failure = failure
        let wasReady = if case .ready = state { true } else { false }
        // A link that is lost at once is no success, however far it came: its attempts get rarer.
        if wasReady, readySince.advanced(by: Self.stability) <= loop.now {
            reconnection.succeeded()
        } else if let address {
            order.failed(address)
        }
        end(on: loop)
        var random = SystemRandomNumberGenerator()
        state = .waiting(loop.schedule(self, after: reconnection.nextDelay(using: &random)))
        if wasReady {
            owner?.linkLost(failure.description, on: loop)
        } else {
            owner?.linkFailed(failure, on: loop)
        }
    }
}

extension RedisLink: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        switch state {
        case .waiting:
            state = .stopped
            attempt(on: loop)
        case .greeting:
            greetingTimer = nil
            fail(.silent(configuration.connectTimeout), on: loop)
        default: break
        }
    }
}

extension RedisLink: TCPConnectionHandler {
    func connectionOpened(_ connection: TCPConnection, on loop: isolated EventLoop) {
        decoder = RESPDecoder(limits: configuration.limits)
        greetingReplies = []
        lastReceived = loop.now
        hasHeard = false
        if greeting.isEmpty { return becomeReady(connection, on: loop) }
        state = .greeting(connection)
        greetingTimer = loop.schedule(self, at: greetingDeadline)
        var bytes: [UInt8] = []
        for command in greeting { command.encode(to: &bytes) }
        connection.send(SharedBytes(bytes), on: loop)
    }

    private func becomeReady(_ connection: TCPConnection, on loop: isolated EventLoop) {
        if let greetingTimer { loop.cancel(greetingTimer) }
        greetingTimer = nil
        readySince = loop.now
        if let address { order.worked(address) }
        state = .ready(connection)
        owner?.linkReady(greetingReplies, on: loop)
    }

    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        lastReceived = loop.now
        hasHeard = true
        decoder.append(UnsafeRawBufferPointer(bytes))
        deliver(from: &decoder, of: connection, on: loop)
    }

    // The decoder is handed in, for a class's property costs more to get at than a short reply to decode.
    private func deliver(from decoder: inout RESPDecoder, of connection: TCPConnection, on loop: isolated EventLoop) {
        // Looked up once: an owner that goes meanwhile stops the link, which the state tells.
        guard let owner else { return }
        do {
            while let value = try decoder.next() {
                if case .ready = state {
                    owner.link(received: value, on: loop)
                } else if case .greeting = state {
                    greeted(value, connection, on: loop)
                } else {
                    // The owner, or an error, has ended this connection while its bytes were being read.
                    return
                }
            }
        } catch {
            let isGreeting = if case .greeting = state { true } else { false }
            fail(isGreeting ? .notRedis("\(error)") : .lost("Redis sent what is not RESP: \(error)"), on: loop)
        }
    }

    private func greeted(_ reply: RESPValue, _ connection: TCPConnection, on loop: isolated EventLoop) {
        if let message = reply.errorMessage { return fail(.refused(withoutPassword(message)), on: loop) }
        greetingReplies.append(reply)
        if greetingReplies.count == greeting.count { becomeReady(connection, on: loop) }
    }

    /// A Redis that knows no AUTH repeats its arguments.
    private func withoutPassword(_ message: String) -> String {
        guard let password = configuration.password, !password.isEmpty else { return message }
        return message.replacing(password, with: "…")
    }

    func connectionDrained(_ connection: TCPConnection, on loop: isolated EventLoop) {
        if case .ready = state { owner?.linkDrained(on: loop) }
    }

    func connectionClosed(_ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop) {
        switch (state, reason) {
        case (.connecting(let current), .failed(let error)) where current === connection:
            connectingFailed(error, on: loop)
        case (.greeting(let current), _) where current === connection && !hasHeard:
            let error = if case .failed(let error) = reason { ": \(error)" } else { "" }
            fail(.notRedis("it closed the connection without a word\(error)"), on: loop)
        case (.connecting(let current), _) where current === connection,
            (.greeting(let current), _) where current === connection,
            (.ready(let current), _) where current === connection:
            if case .failed(let error) = reason { return fail(.lost("\(error)"), on: loop) }
            fail(.lost("Redis closed the connection"), on: loop)
        default: break
        }
    }
}

/// Whoever speaks over a link.
protocol RedisLinkOwner: AnyObject {
    func linkReady(_ greetingReplies: [RESPValue], on loop: isolated EventLoop)
    func link(received value: consuming RESPValue, on loop: isolated EventLoop)
    func linkDrained(on loop: isolated EventLoop)
    func linkLost(_ reason: String, on loop: isolated EventLoop)
    /// An attempt to make a link has failed; another follows by itself.
    func linkFailed(_ failure: LinkFailure, on loop: isolated EventLoop)
}

extension RedisLinkOwner {
    func linkFailed(_ failure: LinkFailure, on loop: isolated EventLoop) {}
}
