public import Transport

/// A WebSocket client, for tools and tests.
///
/// ```swift
/// let client = try await WebSocketClient.connect(to: "ws://127.0.0.1:3000/ws?room=lobby", on: group.next())
/// await client.send("hello")
/// let answer = try await client.receive()
/// ```
public final class WebSocketClient: Sendable {
    /// What a client asks for and allows.
    public struct Options: Sendable {
        public var limits = ConnectionProtocol.Limits(messageSize: 64 * 1024 * 1024, fragments: 65_536)
        /// For connecting and the handshake together.
        public var timeout: Duration = .seconds(10)
        /// How long a close handshake may take.
        public var closeTimeout: Duration = .seconds(10)
        /// The Origin field, for a client that stands in for a page.
        public var origin: String?
        public var subprotocols: [String] = []
        public var headers = HTTPHeaders()
        /// Beyond so many unread messages the server is made to wait.
        package var inboxLimit = 1_024
        /// As over a slow link, for tests of slow readers: see `TCPConnection`.
        package var isNarrow = false
        public init() {}
    }

    private let session: LoopBound<WebSocketClientSession>

    private init(session: LoopBound<WebSocketClientSession>) { self.session = session }

    /// Connects and does the opening handshake.
    /// - Parameter url: `ws://host[:port][/path][?query]`.
    /// - Throws: `WebSocketClientError`.
    public static func connect(
        to url: String, options: Options = Options(), on loop: EventLoop
    ) async throws(WebSocketClientError) -> WebSocketClient {
        guard let address = WebSocketAddress(url) else { throw .handshake(.malformedResponse(.malformedTarget)) }
        return try await connect(to: address, options: options, on: loop)
    }

    public static func connect(
        to address: WebSocketAddress, options: Options = Options(), on loop: EventLoop
    ) async throws(WebSocketClientError) -> WebSocketClient {
        let found: [SocketAddress]
        do throws(SystemError) {
            found = try await Resolver.addresses(of: address.host, port: address.port)
        } catch {
            throw .connection(error)
        }
        var random = SystemRandomNumberGenerator()
        let handshake = ClientHandshake(
            host: address.authority, target: address.target, nonce: (random.next(), random.next()),
            origin: options.origin, subprotocols: options.subprotocols, headers: options.headers)
        var failure: WebSocketClientError = .timedOut
        for target in found {
            do throws(WebSocketClientError) {
                return try await open(handshake, to: target, options: options, on: loop)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func open(
        _ handshake: ClientHandshake, to target: SocketAddress, options: Options, on loop: EventLoop
    ) async throws(WebSocketClientError) -> WebSocketClient {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<LoopBound<WebSocketClientSession>, WebSocketClientError>, Never>)
            in
            loop.submit { loop in
                let holder = Locked<LoopBound<WebSocketClientSession>?>(nil)
                let session = WebSocketClientSession(
                    handshake: handshake, limits: options.limits, closeTimeout: options.closeTimeout,
                    inboxLimit: options.inboxLimit
                ) { error in
                    if let error { return continuation.resume(returning: .failure(error)) }
                    // Set below, before anything can come in.
                    guard let box = holder.withLock({ $0 }) else { return }
                    continuation.resume(returning: .success(box))
                }
                let box = LoopBound(session, on: loop)
                holder.withLock { $0 = box }
                session.connect(to: target, timeout: options.timeout, isNarrow: options.isNarrow, on: loop)
            }
        }
        return WebSocketClient(session: try result.get())
    }

    // MARK: Talking

    /// Sends a message; returns when there is room for the next. After the end it does nothing: `receive` says why.
    public func send(_ message: WebSocketMessage) async {
        await onLoop { session, loop, done in session.send(message, on: loop, done: done) }
    }

    public func send(_ text: String) async { await send(.text(text)) }

    /// The next message, in order.
    /// - Throws: `WebSocketClientError.closed` after the last one; other cases when the connection broke.
    public func receive() async throws(WebSocketClientError) -> WebSocketMessage {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<WebSocketClientSession.Received, Never>) in
            session.loop.submit { [session] loop in
                session.open(on: loop).receive(on: loop) { continuation.resume(returning: $0) }
            }
        }
        return try result.get()
    }

    /// Sends a ping. The answer is taken in silence.
    public func ping() async {
        await onLoop { session, loop, done in
            session.ping(on: loop)
            done()
        }
    }

    /// Sends a Close frame and returns when the connection has ended.
    public func close(_ code: CloseCode? = .normalClosure, reason: String = "") async {
        await onLoop { session, loop, done in session.close(code, reason: reason, on: loop, done: done) }
    }

    /// Ends the connection without a Close frame, as a cut cable would.
    public func abort() async {
        await onLoop { session, loop, done in
            session.abort(on: loop)
            done()
        }
    }

    /// Sends bytes as they are, whole frames or not: for tests of the other end.
    package func sendRaw(_ bytes: [UInt8]) async {
        await onLoop { session, loop, done in
            session.sendRaw(bytes, on: loop)
            done()
        }
    }

    /// Bytes that wait for the server.
    package var queuedByteCount: Int {
        get async {
            await withCheckedContinuation { continuation in
                session.loop.submit { [session] loop in
                    continuation.resume(returning: session.open(on: loop).queuedByteCount)
                }
            }
        }
    }

    private func onLoop(
        _ body: @escaping @Sendable (WebSocketClientSession, isolated EventLoop, @escaping () -> Void) -> Void
    ) async {
        await withCheckedContinuation { continuation in
            session.loop.submit { [session] loop in
                body(session.open(on: loop), loop) { continuation.resume() }
            }
        }
    }
}
