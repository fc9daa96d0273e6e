import Foundation
import TestSupport
import WebSocket

@testable import Transport

/// A TCP connection in the test's own hands: it sends what no decent client would, and may refuse to read.
final class RawPeer: Sendable {
    enum Event: Sendable {
        case bytes([UInt8])
        case end(TCPConnection.CloseReason)
    }

    private final class Core: TCPConnectionHandler {
        let recorder: Recorder<Event>
        var connection: TCPConnection?
        var descriptor: Int32 = -1

        init(_ recorder: Recorder<Event>) { self.recorder = recorder }

        func connection(
            _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
        ) {
            recorder.record(.bytes(Array(bytes)))
        }

        func connectionClosed(
            _ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop
        ) {
            self.connection = nil
            recorder.record(.end(reason))
        }
    }

    private let core: LoopBound<Core>
    private let recorder: Recorder<Event>

    private init(_ core: LoopBound<Core>, _ recorder: Recorder<Event>) { (self.core, self.recorder) = (core, recorder) }

    /// - Parameters:
    ///   - source: the address it connects from; the system's choice if nil.
    ///   - receiveBuffer: how many bytes the system takes in while nobody reads; its own choice if nil.
    convenience init(to address: SocketAddress, from source: String? = nil, receiveBuffer: Int32? = nil) async throws {
        let recorder = Recorder<Event>()
        let core = try await TestLoops.next().run { loop in
            let core = Core(recorder)
            let socket = try System.makeSocket(for: address)
            if let source = source.flatMap({ SocketAddress(numericHost: $0, port: 0) }) {
                _ = source.withSocketAddress { bind(socket.rawValue, $0, $1) }
            }
            if var size = receiveBuffer {
                setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            }
            // On the loopback a connection is made by the time that the first byte is sent.
            try System.connect(socket, to: address)
            core.descriptor = socket.rawValue
            core.connection = try TCPConnection(descriptor: socket, remoteAddress: address, handler: core, on: loop)
            core.connection?.outboundBudget = .max
            return LoopBound(core, on: loop)
        }
        self.init(core, recorder)
    }

    /// The peer of whoever has connected to a listener.
    static func accepted(_ incoming: Listener.Incoming, on loop: isolated EventLoop) throws -> RawPeer {
        let recorder = Recorder<Event>()
        let core = Core(recorder)
        core.connection = try incoming.open(handler: core, on: loop)
        core.connection?.outboundBudget = .max
        return RawPeer(LoopBound(core, on: loop), recorder)
    }

    deinit { core.loop.submit { [core] loop in core.open(on: loop).connection?.close(on: loop) } }

    private func onConnection(_ body: @escaping @Sendable (TCPConnection, isolated EventLoop) -> Void) async {
        await core.loop.run { [core] loop in
            if let connection = core.open(on: loop).connection { body(connection, loop) }
        }
    }

    // MARK: Sending

    func send(_ bytes: [UInt8]) async {
        await onConnection { connection, loop in connection.send(SharedBytes(bytes), on: loop) }
    }

    func send(_ text: String) async { await send(Array(text.utf8)) }

    func pauseReading() async { await onConnection { $0.pauseInput(on: $1) } }

    func resumeReading() async { await onConnection { $0.resumeInput(on: $1) } }

    /// Ends this side, and goes on reading.
    func shutOutput() async {
        await core.loop.run { [core] loop in
            let core = core.open(on: loop)
            if core.connection != nil { shutdown(core.descriptor, Int32(SHUT_WR)) }
        }
    }

    /// Ends the connection without a word.
    func vanish() async { await onConnection { $0.close(on: $1) } }

    // MARK: Receiving

    /// All that has come in so far.
    var received: [UInt8] { Self.bytes(of: recorder.events) }

    private static func bytes(of events: [Event]) -> [UInt8] {
        events.flatMap { event -> [UInt8] in
            if case .bytes(let bytes) = event { bytes } else { [] }
        }
    }

    private static func hasEnded(_ events: [Event]) -> Bool {
        if case .end = events.last { true } else { false }
    }

    /// Everything received since the start, as soon as `condition` holds for it.
    @discardableResult
    func receive(
        _ what: String, within limit: Duration = .seconds(15), until condition: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        let events = try await recorder.wait(what, within: limit) { events in
            Self.hasEnded(events) || condition(Self.bytes(of: events))
        }
        let bytes = Self.bytes(of: events)
        guard condition(bytes) else { throw TestFailure("the connection ended before: \(what)") }
        return bytes
    }

    /// Everything received since the start, as soon as the server has ended the connection.
    @discardableResult
    func receiveToEnd(within limit: Duration = .seconds(15)) async throws -> [UInt8] {
        Self.bytes(of: try await recorder.wait("the server ends the connection", within: limit, until: Self.hasEnded))
    }

    // MARK: HTTP

    /// The first response's head.
    func receiveHead() async throws -> String {
        let bytes = try await receive("a response's head") { $0.endOfHead != nil }
        return String(decoding: bytes[..<(bytes.endOfHead ?? 0)], as: UTF8.self)
    }

    /// The text of all that comes up to the end of the connection.
    func receiveTextToEnd() async throws -> String { String(decoding: try await receiveToEnd(), as: UTF8.self) }

    // MARK: WebSocket

    /// A peer whose handshake is done.
    static func upgraded(
        to address: SocketAddress, target: String = "/", fields: [String] = [], receiveBuffer: Int32? = nil
    ) async throws -> RawPeer {
        let peer = try await RawPeer(to: address, receiveBuffer: receiveBuffer)
        await peer.send(handshakeRequest(target: target, fields: fields))
        let head = try await peer.receiveHead()
        guard head.hasPrefix("HTTP/1.1 101 ") else { throw TestFailure("not upgraded: \(head)") }
        return peer
    }

    /// The frames after the handshake's answer, as soon as `condition` holds for them.
    @discardableResult
    func receiveFrames(
        _ what: String, within limit: Duration = .seconds(15),
        until condition: @escaping @Sendable ([ServerFrame]) -> Bool
    ) async throws -> [ServerFrame] {
        ServerFrame.frames(in: try await receive(what, within: limit) { condition(ServerFrame.frames(in: $0)) })
    }

    @discardableResult
    func receiveFrames(_ count: Int) async throws -> [ServerFrame] {
        try await receiveFrames("\(count) frames") { $0.count >= count }
    }

    /// All frames up to the end of the connection.
    func receiveFramesToEnd(within limit: Duration = .seconds(15)) async throws -> [ServerFrame] {
        ServerFrame.frames(in: try await receiveToEnd(within: limit))
    }
}

/// A well-formed opening handshake; `fields` come on top.
func handshakeRequest(target: String = "/", fields: [String] = []) -> String {
    let lines = [
        "GET \(target) HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ]
    return (lines + fields).map { $0 + "\r\n" }.joined() + "\r\n"
}
