import WebSocket

/// A client that asks for a WebSocket with compression, and reads what comes without looking at it.
final class Subscriber: TCPConnectionHandler {
    static let request = """
        GET / HTTP/1.1\r
        Host: 127.0.0.1\r
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: YmVuY2htYXJrcyAxNiBieQ==\r
        Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r
        \r\n
        """

    /// Told once, when the server has answered.
    private var answered: AsyncStream<Void>.Continuation?

    private init(answered: AsyncStream<Void>.Continuation) { self.answered = answered }

    /// The loop keeps it as long as the connection lasts.
    static func connect(
        to address: SocketAddress, answered: AsyncStream<Void>.Continuation, on loop: isolated EventLoop
    ) {
        do {
            _ = try TCPConnection(
                connectingTo: address, timeout: .seconds(60), handler: Subscriber(answered: answered), on: loop)
        } catch {
            fatalError("a subscriber can't connect: \(error)")
        }
    }

    func connectionOpened(_ connection: TCPConnection, on loop: isolated EventLoop) {
        connection.send(SharedBytes(Self.request.utf8), on: loop)
    }

    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        answered?.yield()
        answered = nil
    }

    func connectionClosed(
        _ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop
    ) {
        fatalError("a subscriber was dropped: \(reason)")
    }
}
