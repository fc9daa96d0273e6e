public import Transport

/// A TCP proxy between a client and a server of 127.0.0.1 that fails on demand. It lives as long as its object.
public final class FaultProxy: Sendable {
    public enum Mode: Sendable {
        case pass
        /// New connections are reset as soon as they are made.
        case refuse
        /// Half-open: bytes are taken from both sides and go nowhere.
        case swallow
        /// Bytes towards the server go nowhere; what the server says still arrives.
        case swallowTowardsServer
        /// Every chunk waits for so long, in order.
        case delay(Duration)
    }

    private let loop: EventLoop
    private let core: LoopBound<ProxyCore>
    public let port: UInt16

    public init(to port: UInt16, on loop: EventLoop = TestLoops.next()) async throws {
        self.loop = loop
        (core, self.port) = try await loop.run { loop in
            let core = ProxyCore(target: port)
            try core.listen(on: loop)
            return (LoopBound(core, on: loop), core.port)
        }
    }

    deinit { loop.submit { [core] loop in core.open(on: loop).end(on: loop) } }

    public var url: String { "redis://127.0.0.1:\(port)" }

    public func set(_ mode: Mode) async {
        await loop.run { [core] loop in core.open(on: loop).mode = mode }
    }

    /// Cuts every link there is, on both sides; new ones are taken.
    public func cut() async {
        await loop.run { [core] loop in core.open(on: loop).cut(on: loop) }
    }

    /// What a NAT does to an idle link: from now on the links there are take bytes from both sides, which go nowhere, and
    /// neither side is told. New links work.
    public func forget() async {
        await loop.run { [core] loop in
            for link in core.open(on: loop).links.values { link.isForgotten = true }
        }
    }

    /// How many connections clients have made so far.
    public var connectionCount: Int {
        get async { await loop.run { [core] loop in core.open(on: loop).connectionCount } }
    }

    /// How many links there are now.
    public var linkCount: Int {
        get async { await loop.run { [core] loop in core.open(on: loop).links.count } }
    }

    /// The chunks that clients have sent so far, as they arrived.
    public var received: [[UInt8]] {
        get async { await loop.run { [core] loop in core.open(on: loop).received } }
    }

    /// From now on `action` sees what clients send, on the proxy's loop and before it is passed on.
    public func intercept(
        _ action: @escaping @Sendable ([UInt8], isolated EventLoop, FaultProxy.Cutter) -> Void
    ) async {
        await loop.run { [core] loop in core.open(on: loop).interceptor = action }
    }

    /// Lets an interceptor cut the links at once.
    public struct Cutter: Sendable {
        let core: LoopBound<ProxyCore>
        public func cut(on loop: isolated EventLoop) { core.open(on: loop).cut(on: loop) }
    }
}

final class ProxyCore {
    let target: UInt16
    var mode = FaultProxy.Mode.pass
    var links: [ObjectIdentifier: ProxyLink] = [:]
    var connectionCount = 0
    var received: [[UInt8]] = []
    var interceptor: (@Sendable ([UInt8], isolated EventLoop, FaultProxy.Cutter) -> Void)?
    private var listener: Listener?

    init(target: UInt16) { self.target = target }

    var port: UInt16 { listener?.localAddress.port ?? 0 }

    func listen(on loop: isolated EventLoop) throws(SystemError) {
        let core = LoopBound(self, on: loop)
        listener = try Listener(on: .loopback(port: 0), loop: loop) { incoming, loop in
            core.open(on: loop).accept(incoming, on: loop)
        }
    }

    private func accept(_ incoming: Listener.Incoming, on loop: isolated EventLoop) {
        connectionCount += 1
        if case .refuse = mode { return incoming.refuse() }
        let link = ProxyLink(core: self)
        links[ObjectIdentifier(link)] = link
        link.open(incoming, on: loop)
    }

    func cut(on loop: isolated EventLoop) {
        for link in links.values { link.close(on: loop) }
    }

    func end(on loop: isolated EventLoop) {
        listener?.close(on: loop)
        listener = nil
        cut(on: loop)
    }
}

/// A client's connection and the one made for it.
final class ProxyLink {
    private unowned let core: ProxyCore
    private var client: TCPConnection?
    private var server: TCPConnection?
    var isForgotten = false
    private var late: [(bytes: [UInt8], toServer: Bool)] = []

    init(core: ProxyCore) { self.core = core }

    func open(_ incoming: Listener.Incoming, on loop: isolated EventLoop) {
        client = try? incoming.open(handler: self, on: loop)
        client?.outboundBudget = .max
        server = try? TCPConnection(
            connectingTo: .loopback(port: core.target), timeout: .seconds(5), handler: self, on: loop)
        server?.outboundBudget = .max
        if client == nil || server == nil { close(on: loop) }
    }

    func close(on loop: isolated EventLoop) {
        core.links[ObjectIdentifier(self)] = nil
        let both = [client, server]
        (client, server) = (nil, nil)
        for connection in both { connection?.close(on: loop) }
    }

    func pass(_ bytes: [UInt8], toServer: Bool, on loop: isolated EventLoop) {
        (toServer ? server : client)?.send(SharedBytes(bytes), on: loop)
    }
}

extension ProxyLink: TCPConnectionHandler {
    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        if isForgotten { return }
        let isFromClient = connection === client
        let chunk = Array(bytes)
        if isFromClient {
            core.received.append(chunk)
            core.interceptor?(chunk, loop, .init(core: LoopBound(core, on: loop)))
        }
        switch core.mode {
        case .pass, .refuse: pass(chunk, toServer: isFromClient, on: loop)
        case .swallow: break
        case .swallowTowardsServer: if !isFromClient { pass(chunk, toServer: false, on: loop) }
        case .delay(let delay):
            late.append((chunk, isFromClient))
            _ = loop.schedule(self, after: delay)
        }
    }

    func connectionClosed(_ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop) {
        // Half-open also means that one side never hears of the other's end.
        let isSwallowed = if case .swallow = core.mode { true } else { isForgotten }
        if isSwallowed, connection === server {
            server = nil
            return
        }
        close(on: loop)
    }
}

extension ProxyLink: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        let (bytes, toServer) = late.removeFirst()
        pass(bytes, toServer: toServer, on: loop)
    }
}
