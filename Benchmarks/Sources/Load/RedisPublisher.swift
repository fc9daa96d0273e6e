import RESP

/// Publishes to a Redis channel, and doesn't look at the answers.
final class RedisPublisher: TCPConnectionHandler {
    private var connection: TCPConnection?

    init(port: UInt16, on loop: isolated EventLoop) throws {
        connection = try TCPConnection(
            connectingTo: .loopback(port: port), timeout: .seconds(10), handler: self, on: loop)
    }

    func publish(_ text: [UInt8], on loop: isolated EventLoop) {
        var command: [UInt8] = []
        RESPEncoder.appendCommand([Array("PUBLISH".utf8), Array("bench".utf8), text], to: &command)
        connection?.send(SharedBytes(command), on: loop)
    }

    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {}

    func connectionClosed(
        _ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop
    ) {
        self.connection = nil
    }
}
