import Foundation
package import Transport
import WebSocket

/// A TCP connection in the test's own hands: it sends what no decent client would, and may refuse to read.
package final class RawPeer: Sendable {
    package enum Event: Sendable {
        case bytes
        case end
    }

    private final class Core: TCPConnectionHandler {
        let recorder: Recorder<Event>
        let bytes: Guarded<[UInt8]>
        let endReason = Guarded<TCPConnection.CloseReason?>(nil)
        var connection: TCPConnection?
        var descriptor: Int32 = -1

        init(_ recorder: Recorder<Event>, _ bytes: Guarded<[UInt8]>) {
            (self.recorder, self.bytes) = (recorder, bytes)
        }

        func connection(
            _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
        ) {
            self.bytes.withLock { $0.append(contentsOf: bytes) }
            recorder.record(.bytes)
        }

        func connectionClosed(
            _ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop
        ) {
            self.connection = nil
            endReason.withLock { $0 = reason }
            recorder.record(.end)
        }
    }

    private let core: LoopBound<Core>
    private let recorder: Recorder<Event>
    /// All that has come in, in one: a test may wait for megabytes, a few kilobytes at a time.
    private let bytes: Guarded<[UInt8]>
    private let reason: Guarded<TCPConnection.CloseReason?>

    private init(_ core: Core, on loop: isolated EventLoop) {
        (self.core, recorder, bytes) = (LoopBound(core, on: loop), core.recorder, core.bytes)
        reason = core.endReason
    }

    /// How the connection has ended; nil while it hasn't.
    package var endReason: TCPConnection.CloseReason? { reason.withLock { $0 } }

    /// - Parameters:
    ///   - source: the address it connects from; the system's choice if nil.
    ///   - receiveBuffer: how many bytes the system takes in while nobody reads; its own choice if nil.
    ///   - chunks: what it sends by itself, one every `interval` by the loop's clock: a busy test run doesn't slow it
    ///     down.
    package static func connect(
        to address: SocketAddress, from source: String? = nil, receiveBuffer: Int32? = nil,
        sending chunks: [[UInt8]] = [], every interval: Duration = .zero, on loop: EventLoop = TestLoops.next()
    ) async throws -> RawPeer {
        try await loop.run { loop in
            let core = Core(Recorder(), Guarded([]))
            let socket = try System.makeSocket(for: address)
            if let source = source.flatMap({ SocketAddress(numericHost: $0, port: 0) }) {
                try System.reserve(socket, source)
            }
            if var size = receiveBuffer {
                setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            }
            // On the loopback a connection is made by the time that the first byte is sent.
            try System.connect(socket, to: address)
            core.descriptor = socket.rawValue
            let connection = try TCPConnection(descriptor: socket, remoteAddress: address, handler: core, on: loop)
            connection.outboundBudget = .max
            core.connection = connection
            Dripper(chunks[...], interval, connection).timerFired(on: loop)
            return RawPeer(core, on: loop)
        }
    }

    /// The peer of whoever has connected to a listener.
    package static func accepted(_ incoming: Listener.Incoming, on loop: isolated EventLoop) throws -> RawPeer {
        let core = Core(Recorder(), Guarded([]))
        core.connection = try incoming.open(handler: core, on: loop)
        core.connection?.outboundBudget = .max
        return RawPeer(core, on: loop)
    }

    deinit { core.loop.submit { [core] loop in core.open(on: loop).connection?.close(on: loop) } }

    private func onConnection(_ body: @escaping @Sendable (TCPConnection, isolated EventLoop) -> Void) async {
        await core.loop.run { [core] loop in
            if let connection = core.open(on: loop).connection { body(connection, loop) }
        }
    }

    // MARK: Sending

    package func send(_ bytes: [UInt8]) async {
        await onConnection { connection, loop in connection.send(SharedBytes(bytes), on: loop) }
    }

    package func send(_ text: String) async { await send(Array(text.utf8)) }

    /// Waits until the other end takes nothing any more of what was sent; how many bytes are left on this side.
    package func standstill() async throws -> Int {
        var (left, same) = (-1, 0)
        while same < 10 {
            let now = await core.loop.run { [core] loop in core.open(on: loop).connection?.queuedByteCount ?? 0 }
            same = now == left ? same + 1 : 0
            left = now
            try await Task.sleep(for: .milliseconds(20))
        }
        return left
    }

    private final class Dripper: TimerHandler {
        private var chunks: ArraySlice<[UInt8]>
        private let interval: Duration
        private let connection: TCPConnection

        init(_ chunks: ArraySlice<[UInt8]>, _ interval: Duration, _ connection: TCPConnection) {
            (self.chunks, self.interval, self.connection) = (chunks, interval, connection)
        }

        func timerFired(on loop: isolated EventLoop) {
            guard let chunk = chunks.popFirst() else { return }
            connection.send(SharedBytes(chunk), on: loop)
            _ = loop.schedule(self, after: interval)
        }
    }

    package func pauseReading() async { await onConnection { $0.pauseInput(on: $1) } }

    package func resumeReading() async { await onConnection { $0.resumeInput(on: $1) } }

    /// Ends this side, and goes on reading.
    package func shutOutput() async {
        await core.loop.run { [core] loop in
            let core = core.open(on: loop)
            if core.connection != nil { shutdown(core.descriptor, Int32(SHUT_WR)) }
        }
    }

    /// Ends the connection without a word.
    package func vanish() async { await onConnection { $0.close(on: $1) } }

    // MARK: Receiving

    /// Everything received since the start, as soon as `condition` holds for it.
    @discardableResult
    package func receive(
        _ what: String, within limit: Duration = .seconds(30), until condition: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        try await recorder.wait(what, within: limit) { [bytes] events in
            events.last == .end || condition(bytes.withLock { $0 })
        }
        let bytes = bytes.withLock { $0 }
        guard condition(bytes) else { throw TestFailure("the connection ended before: \(what)") }
        return bytes
    }

    /// Everything received since the start, as soon as the server has ended the connection.
    @discardableResult
    package func receiveToEnd(within limit: Duration = .seconds(30)) async throws -> [UInt8] {
        try await recorder.wait("the server ends the connection", within: limit) { $0.last == .end }
        return bytes.withLock { $0 }
    }

    // MARK: HTTP

    /// The first response's head.
    package func receiveHead() async throws -> String {
        let bytes = try await receive("a response's head") { $0.endOfHead != nil }
        return String(decoding: bytes[..<(bytes.endOfHead ?? 0)], as: UTF8.self)
    }

    /// The text of all that comes up to the end of the connection.
    package func receiveTextToEnd(within limit: Duration = .seconds(30)) async throws -> String {
        String(decoding: try await receiveToEnd(within: limit), as: UTF8.self)
    }

    // MARK: WebSocket

    /// A peer whose handshake is done.
    package static func upgraded(
        to address: SocketAddress, target: String = "/", fields: [String] = [], receiveBuffer: Int32? = nil,
        on loop: EventLoop = TestLoops.next()
    ) async throws -> RawPeer {
        let peer = try await connect(to: address, receiveBuffer: receiveBuffer, on: loop)
        await peer.send(handshakeRequest(target: target, fields: fields))
        let head = try await peer.receiveHead()
        guard head.hasPrefix("HTTP/1.1 101 ") else { throw TestFailure("not upgraded: \(head)") }
        return peer
    }

    /// The frames after the handshake's answer, as soon as `condition` holds for them.
    @discardableResult
    package func receiveFrames(
        _ what: String, within limit: Duration = .seconds(30),
        until condition: @escaping @Sendable ([ServerFrame]) -> Bool
    ) async throws -> [ServerFrame] {
        ServerFrame.frames(in: try await receive(what, within: limit) { condition(ServerFrame.frames(in: $0)) })
    }

    @discardableResult
    package func receiveFrames(_ count: Int) async throws -> [ServerFrame] {
        try await receiveFrames("\(count) frames") { $0.count >= count }
    }

    /// All frames up to the end of the connection.
    package func receiveFramesToEnd(within limit: Duration = .seconds(30)) async throws -> [ServerFrame] {
        ServerFrame.frames(in: try await receiveToEnd(within: limit))
    }
}

/// A well-formed opening handshake; `fields` come on top.
package func handshakeRequest(target: String = "/", fields: [String] = []) -> String {
    let lines = [
        "GET \(target) HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ]
    return (lines + fields).map { $0 + "\r\n" }.joined() + "\r\n"
}
