import Synchronization
public import Transport

/// An RFC 6455 server on any number of loops: connections are dealt out to them in turn.
///
/// ```swift
/// let server = WebSocketServer(handler: Echo(), on: group)
/// let address = try await server.listen(on: .loopback(port: 8080))
/// ```
public final class WebSocketServer: Sendable {
    public let configuration: WebSocketConfiguration
    public let group: EventLoopGroup
    private let loops: [LoopBound<WebSocketLoop>]
    private let desk: AdmissionDesk
    private let meter = WebSocketMeter()
    /// Its own, not the group's: whoever else takes loops in turn must not shift all connections to some of them.
    private let turn = Atomic<Int>(0)
    private let listeners = Locked<[LoopBound<Listener>]>([])

    public init(
        _ configuration: WebSocketConfiguration = WebSocketConfiguration(), handler: any WebSocketHandler,
        on group: EventLoopGroup
    ) {
        self.configuration = configuration
        self.group = group
        desk = AdmissionDesk(
            maximum: configuration.maximumConnections,
            maximumPerAddress: configuration.maximumConnectionsPerAddress,
            maximumRefusals: configuration.maximumRefusals)
        loops = group.loops.map { [meter, desk] loop in
            let context = WebSocketLoop(configuration: configuration, handler: handler, meter: meter, desk: desk)
            return LoopBound(context, loop: loop)
        }
    }

    /// How many connections there are, those still in their handshake included, those refused not.
    public var connectionCount: Int { desk.openCount }

    /// What it has done, and refused, so far.
    public var metrics: WebSocketMetrics { meter.current }

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
        let (admission, refusal): (Admission, HTTPResponse?)
        let verdict = desk.admit(incoming.remoteAddress)
        if case .dropped = verdict {
            meter.count { $0.droppedConnections += 1 }
        } else {
            meter.count { $0.connections += 1 }
        }
        switch verdict {
        case .admitted(let place): (admission, refusal) = (place, nil)
        case .refused(let place, let response): (admission, refusal) = (place, response)
        case .dropped: return incoming.refuse()
        }
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        let box = loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
        box.loop.submit { loop in
            let handler = HTTPConnection(server: box.open(on: loop), admission: admission, hosts: hosts)
            do throws(SystemError) {
                handler.start(try incoming.open(handler: handler, on: loop), refusal: refusal, on: loop)
            } catch {
                admission.end(of: incoming.remoteAddress)
                Log.warning("a connection from \(incoming.remoteAddress) failed at once: \(error)")
            }
        }
    }

    // MARK: Reaching the sessions

    /// Runs `body` on a loop, with what the server has there. Bodies for one loop run in the order they came.
    public func submit(
        toLoop index: Int, _ body: @escaping @Sendable (WebSocketLoop, isolated EventLoop) -> Void
    ) {
        let box = loops[index]
        box.loop.submit { loop in body(box.open(on: loop), loop) }
    }

    /// Like `submit`, but at once where the caller is on that loop already.
    public func perform(
        onLoop index: Int, from current: isolated EventLoop,
        _ body: @escaping @Sendable (WebSocketLoop, isolated EventLoop) -> Void
    ) {
        if loops[index].loop === current { return body(loops[index].open(on: current), current) }
        submit(toLoop: index, body)
    }

    /// Sends the frame to every listener of `topic`, on all loops: one job a loop.
    public func publish(_ frame: SharedFrame, to topic: String) {
        for index in loops.indices {
            submit(toLoop: index) { context, loop in context.topics.publish(frame, to: topic, on: loop) }
        }
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
    /// that clients and balancers look elsewhere. Connections are accepted and sessions opened as before.
    public func startDraining() {
        for index in loops.indices { submit(toLoop: index) { context, loop in context.startDraining(on: loop) } }
    }

    /// Returns when there is no session any more, whatever other connections there are.
    public func waitUntilFreeOfSessions() async {
        for index in loops.indices {
            await withCheckedContinuation { continuation in
                submit(toLoop: index) { context, _ in context.whenFreeOfSessions { continuation.resume() } }
            }
        }
    }

    /// Stops accepting, sends every session a Close frame, and returns when the last has ended: at most the
    /// configuration's `closeTimeout` later.
    public func shutDown(_ code: CloseCode = .goingAway, reason: String = "") async {
        await stopListening()
        for index in loops.indices {
            submit(toLoop: index) { context, loop in context.shutDown(code, reason: reason, on: loop) }
        }
        await waitUntilEmpty()
    }

    /// Returns when there is no connection any more.
    public func waitUntilEmpty() async {
        for index in loops.indices {
            await withCheckedContinuation { continuation in
                submit(toLoop: index) { context, _ in context.whenEmpty { continuation.resume() } }
            }
        }
    }

    /// Should the process stand still for longer than `limit`, every session is closed before anything is read from it.
    public func closeAllAfterFreeze(longerThan limit: Duration, _ code: CloseCode) {
        for index in loops.indices {
            submit(toLoop: index) { context, loop in
                context.closeAfterFreeze = code
                loop.watchForStalls(longerThan: limit, context)
            }
        }
    }
}
