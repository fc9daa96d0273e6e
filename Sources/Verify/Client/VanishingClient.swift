import Transport
import WebSocket

/// Somebody who is gone before the handshake is over, at one place or another.
enum VanishingClient {
    static func run(against server: String, room: String, number: Int, on loop: isolated EventLoop) async {
        guard let address = WebSocketAddress(server + "/ws?room=\(room)&name=vanishing") else { return }
        switch number % 3 {
        case 0: await sendPart(of: address, fraction: 2, on: loop)
        case 1: await sendPart(of: address, fraction: 1, on: loop)
        default:
            // The handshake is done, and nobody hears the welcome.
            var options = WebSocketClient.Options()
            options.timeout = .seconds(1)
            let client = try? await WebSocketClient.connect(to: address, options: options, on: loop)
            await client?.abort()
        }
    }

    /// A request, or half of one, and then the end.
    private static func sendPart(of address: WebSocketAddress, fraction: Int, on loop: isolated EventLoop) async {
        guard let target = SocketAddress(numericHost: address.host, port: address.port) else { return }
        let request = Array(
            """
            GET \(address.target) HTTP/1.1\r\nHost: \(address.host):\(address.port)\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
            """.utf8)
        let handler = Silent()
        guard
            let connection = try? TCPConnection(
                connectingTo: target, timeout: .seconds(1), handler: handler, on: loop)
        else { return }
        connection.send(SharedBytes(Array(request.prefix(request.count / fraction))), on: loop)
        try? await Task.sleep(for: .milliseconds(20))
        connection.close(on: loop)
    }

    private final class Silent: TCPConnectionHandler {
        func connection(
            _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
        ) {}
        func connectionClosed(
            _ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop
        ) {}
    }
}
