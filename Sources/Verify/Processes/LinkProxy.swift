import Transport

/// Stands between one server and its Redis, and can forget the links there are, as a NAT does with what was idle for too
/// long: both ends still believe in them, and whatever they send goes nowhere. New links are passed on.
final class LinkProxy {
    private let target: SocketAddress
    private var listener: Listener?
    private var links: [ObjectIdentifier: Link] = [:]

    /// - Parameter target: the port of the Redis on 127.0.0.1.
    init(to target: UInt16) { self.target = .loopback(port: target) }

    /// Takes connections on a port of 127.0.0.1 from now on.
    func listen(on port: UInt16, loop: isolated EventLoop) throws(SystemError) {
        let proxy = LoopBound(self, on: loop)
        listener = try Listener(on: .loopback(port: port), loop: loop) { incoming, loop in
            proxy.open(on: loop).accept(incoming, on: loop)
        }
    }

    /// From now on nothing passes over the links there are.
    func forgetLinks() {
        for link in links.values { link.isForgotten = true }
    }

    func close(on loop: isolated EventLoop) {
        listener?.close(on: loop)
        listener = nil
        for link in links.values { link.close(on: loop) }
    }

    private func accept(_ incoming: Listener.Incoming, on loop: isolated EventLoop) {
        let link = Link { [weak self] link in self?.links[ObjectIdentifier(link)] = nil }
        links[ObjectIdentifier(link)] = link
        link.open(incoming, to: target, on: loop)
    }
}

/// A server's connection and the one made for it.
private final class Link: TCPConnectionHandler {
    private var near: TCPConnection?
    private var far: TCPConnection?
    private let ended: (Link) -> Void
    var isForgotten = false

    init(ended: @escaping (Link) -> Void) { self.ended = ended }

    func open(_ incoming: Listener.Incoming, to target: SocketAddress, on loop: isolated EventLoop) {
        near = try? incoming.open(handler: self, on: loop)
        far = try? TCPConnection(connectingTo: target, timeout: .seconds(2), handler: self, on: loop)
        for side in [near, far] { side?.outboundBudget = .max }
        if near == nil || far == nil { close(on: loop) }
    }

    func close(on loop: isolated EventLoop) {
        let both = [near, far]
        (near, far) = (nil, nil)
        for side in both { side?.close(on: loop) }
        ended(self)
    }

    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        if isForgotten { return }
        let other = connection === near ? far : near
        other?.send(SharedBytes(Array(bytes)), on: loop)
    }

    func connectionClosed(_ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop) {
        // The server's end tells nobody behind a NAT; the server that gives its link up ends it.
        if isForgotten, connection === far { return }
        close(on: loop)
    }
}
