import Synchronization
public import Transport

/// An HTTP/1.1 server on any number of loops: connections are dealt out to them in turn.
///
/// ```swift
/// let server = HTTPServer(handler: Greeter(), on: group)
/// let address = try await server.listen(on: .loopback(port: 8080))
/// ```
public final class HTTPServer: Sendable {
    public let configuration: HTTPConfiguration
    public let group: EventLoopGroup
    private let loops: [LoopBound<HTTPServerLoop>]
    package let limiter: ConnectionLimiter
    private let meter = HTTPMeter()
    /// Its own, not the group's: whoever else takes loops in turn must not shift all connections to some of them.
    private let turn = Atomic<Int>(0)
    private let listeners = Locked<[LoopBound<Listener>]>([])

    /// - Parameter upgraders: the protocols that a connection may change to.
    public convenience init(
        _ configuration: HTTPConfiguration = HTTPConfiguration(), handler: any HTTPHandler,
        upgraders: [any HTTPUpgrader] = [], on group: EventLoopGroup
    ) {
        self.init(
            configuration, handler: handler, upgraders: upgraders, limiter: ConnectionLimiter(configuration), on: group)
    }

    /// - Parameter limiter: counts the server's connections; for an owner that counts on with it.
    package init(
        _ configuration: HTTPConfiguration, handler: any HTTPHandler, upgraders: [any HTTPUpgrader],
        limiter: ConnectionLimiter, on group: EventLoopGroup
    ) {
        self.configuration = configuration
        self.group = group
        self.limiter = limiter
        loops = group.loops.map { [meter] loop in
            let context = HTTPServerLoop(
                configuration: configuration, handler: handler, upgraders: upgraders, meter: meter)
            return LoopBound(context, loop: loop)
        }
    }

    /// How many connections there are, those that have changed their protocol included, those refused not.
    public var connectionCount: Int { limiter.openCount }

    /// What it has done, and refused, so far.
    public var metrics: HTTPMetrics { meter.current }

    /// Starts accepting connections; the address is the one listened on, with the port that the system chose for 0.
    /// - Throws: `SystemError`, for one when the port is taken.
    @discardableResult
    public func listen(on address: SocketAddress) async throws(SystemError) -> SocketAddress {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<_, Never>) in
            group.loops[0].submit { [self] loop in
                let result: Result<SocketAddress, SystemError>
                do throws(SystemError) {
                    let hosts = hosts(for: address)
                    let listener = try Listener(on: address, loop: loop) { incoming, _ in self.deal(incoming, hosts) }
                    let box = LoopBound(listener, on: loop)
                    listeners.withLock { $0.append(box) }
                    result = .success(listener.localAddress)
                } catch {
                    result = .failure(error)
                }
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// What requests that come in at `address` may call this server.
    private func hosts(for address: SocketAddress) -> HostPolicy {
        let hosts = configuration.hosts ?? (address.isLoopback ? .local : .any)
        return hosts.including(configuration.origins.hosts)
    }

    private func deal(_ incoming: Listener.Incoming, _ hosts: HostPolicy) {
        let (place, refusal): (ConnectionPlace, HTTPResponse?)
        let verdict = limiter.admit(incoming.remoteAddress)
        if case .dropped = verdict {
            meter.count { $0.droppedConnections += 1 }
        } else {
            meter.count { $0.connections += 1 }
        }
        switch verdict {
        case .admitted(let admitted): (place, refusal) = (admitted, nil)
        case .refused(let refused, let response): (place, refusal) = (refused, response)
        case .dropped: return incoming.refuse()
        }
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        let box = loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
        box.loop.submit { loop in
            let handler = HTTPConnection(server: box.open(on: loop), place: place, hosts: hosts)
            do throws(SystemError) {
                handler.start(try incoming.open(handler: handler, on: loop), refusal: refusal, on: loop)
            } catch {
                place.release(incoming.remoteAddress)
                Log.warning("a connection from \(incoming.remoteAddress) failed at once: \(error)")
            }
        }
    }

    /// Runs `body` on a loop, with what the server has there. Bodies for one loop run in the order they came.
    package func submit(
        toLoop index: Int, _ body: @escaping @Sendable (HTTPServerLoop, isolated EventLoop) -> Void
    ) {
        let box = loops[index]
        box.loop.submit { loop in body(box.open(on: loop), loop) }
    }

    // MARK: The end

    /// Stops accepting connections.
    public func stopListening() async {
        for box in listeners.withLock({ listeners in
            defer { listeners = [] }
            return listeners
        }) {
            await withCheckedContinuation { continuation in
                box.loop.submit { loop in
                    box.open(on: loop).close(on: loop)
                    continuation.resume()
                }
            }
        }
    }

    /// From now on every response closes its connection, and connections that wait for another request end at once, so
    /// that clients and balancers look elsewhere. Connections are accepted, and may change their protocol, as before.
    public func startDraining() {
        for index in loops.indices { submit(toLoop: index) { context, loop in context.startDraining(on: loop) } }
    }

    /// Stops accepting, answers requests under way with 503, and returns when the last connection that speaks HTTP has
    /// ended: at most the configuration's `closeTimeout` later.
    public func shutDown() async {
        await stopListening()
        startClosing()
        await waitUntilEmpty()
    }

    /// Ends every connection that speaks HTTP, and each that still comes.
    package func startClosing() {
        for index in loops.indices { submit(toLoop: index) { context, loop in context.shutDown(on: loop) } }
    }

    /// Returns when there is no connection any more that speaks HTTP.
    public func waitUntilEmpty() async {
        for index in loops.indices {
            await withCheckedContinuation { continuation in
                submit(toLoop: index) { context, _ in context.whenEmpty { continuation.resume() } }
            }
        }
    }
}
