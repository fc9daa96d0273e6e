/// Accepts connections and hands each to `accept`, on the listener's loop.
public final class Listener {
    /// An accepted connection, not yet on any loop. It must be opened or refused, exactly once.
    public struct Incoming: Sendable {
        let descriptor: System.Descriptor
        public let remoteAddress: SocketAddress

        /// Makes it a connection of `loop`.
        /// - Throws: `SystemError`, in which case it is closed.
        public func open(
            handler: any TCPConnectionHandler, on loop: isolated EventLoop
        ) throws(SystemError) -> TCPConnection {
            do {
                return try TCPConnection(
                    descriptor: descriptor, remoteAddress: remoteAddress, handler: handler, on: loop)
            } catch {
                System.closeDescriptor(descriptor)
                throw error
            }
        }

        public func refuse() { System.closeDescriptor(descriptor) }
    }

    /// At most so many connections are accepted before others on the loop have their turn.
    private static let acceptsPerTurn = 64
    /// How long accepting rests when descriptors have run out.
    private static let rest: Duration = .milliseconds(100)

    private let descriptor: System.Descriptor
    private var token: UInt64 = .max
    private var isClosed = false
    private let accept: (Incoming, isolated EventLoop) -> Void
    /// The address it listens on, with the port that the system chose.
    public let localAddress: SocketAddress
    /// How often accepting had to rest for want of descriptors.
    public private(set) var shortageCount = 0

    /// Listens on `address`; port 0 lets the system choose one.
    /// - Throws: `SystemError`, for one when the port is taken.
    public init(
        on address: SocketAddress, loop: isolated EventLoop,
        accept: @escaping (Incoming, isolated EventLoop) -> Void
    ) throws(SystemError) {
        descriptor = try System.makeSocket(for: address)
        self.accept = accept
        do {
            try System.bindAndListen(descriptor, to: address, backlog: 4096)
            localAddress = try System.localAddress(of: descriptor)
            token = try loop.register(descriptor, .input, handler: self)
        } catch {
            System.closeDescriptor(descriptor)
            throw error
        }
    }

    public func close(on loop: isolated EventLoop) {
        if isClosed { return }
        isClosed = true
        loop.deregister(descriptor, token: token)
        System.closeDescriptor(descriptor)
    }
}

extension Listener: ReadinessHandler {
    func readinessChanged(_ readiness: Readiness, on loop: isolated EventLoop) {
        for _ in 0..<Self.acceptsPerTurn where !isClosed {
            do {
                guard let (connection, address) = try System.accept(on: descriptor) else { return }
                accept(Incoming(descriptor: connection, remoteAddress: address), loop)
            } catch {
                if error.isResourceShortage { return takeRest(on: loop) }
                if error.isListenerFault {
                    Log.error("accepting has ended: \(error)")
                    return close(on: loop)
                }
                // Anything else (ECONNABORTED, a network error) is the one connection's own.
            }
        }
    }

    /// A level-triggered listener that can't accept would spin: it isn't watched for a while.
    private func takeRest(on loop: isolated EventLoop) {
        if shortageCount == 0 { Log.warning("file descriptors have run out: new connections wait") }
        shortageCount += 1
        loop.change(descriptor, to: [], token: token)
        _ = loop.schedule(self, after: Self.rest)
    }

    func loopStops(on loop: isolated EventLoop) { close(on: loop) }
}

extension Listener: TimerHandler {
    /// The rest is over.
    public func timerFired(on loop: isolated EventLoop) {
        if !isClosed { loop.change(descriptor, to: .input, token: token) }
    }
}
