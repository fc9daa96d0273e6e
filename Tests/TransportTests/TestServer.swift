import TestSupport

@testable import Transport

enum ConnectionEvent: Equatable, Sendable {
    case opened
    case received([UInt8])
    case drained
    case closed(TCPConnection.CloseReason)
    case mark(String)

    var closeReason: TCPConnection.CloseReason? {
        if case .closed(let reason) = self { reason } else { nil }
    }
}

extension [ConnectionEvent] {
    /// All bytes received, in one.
    var bytes: [UInt8] {
        flatMap { event -> [UInt8] in
            if case .received(let bytes) = event { bytes } else { [] }
        }
    }

    var closeReason: TCPConnection.CloseReason? { compactMap(\.closeReason).first }
}

/// Writes down what a connection tells, and may do something about what it receives.
final class RecordingHandler: TCPConnectionHandler {
    typealias Reaction = (TCPConnection, [UInt8], isolated EventLoop) -> Void

    let recorder: Recorder<ConnectionEvent>
    var reaction: Reaction?

    init(_ recorder: Recorder<ConnectionEvent> = Recorder(), reaction: Reaction? = nil) {
        self.recorder = recorder
        self.reaction = reaction
    }

    func connectionOpened(_ connection: TCPConnection, on loop: isolated EventLoop) { recorder.record(.opened) }

    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        let copy = Array(bytes)
        recorder.record(.received(copy))
        reaction?(connection, copy, loop)
    }

    func connectionDrained(_ connection: TCPConnection, on loop: isolated EventLoop) { recorder.record(.drained) }

    func connectionClosed(_ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop) {
        recorder.record(.closed(reason))
    }
}

/// A listener on a loop, and what its connections tell.
final class TestServer: Sendable {
    final class Core {
        var listener: Listener?
        var connections: [TCPConnection] = []
        var handlers: [RecordingHandler] = []
    }

    let loop: EventLoop
    let port: UInt16
    /// What all its connections tell, in one.
    let recorder: Recorder<ConnectionEvent>
    private let accepted: Recorder<Int>
    private let core: LoopBound<Core>

    init(
        on loop: EventLoop, budget: Int? = nil,
        reaction: (@Sendable (TCPConnection, [UInt8], isolated EventLoop) -> Void)? = nil
    ) async throws {
        self.loop = loop
        let (recorder, accepted) = (Recorder<ConnectionEvent>(), Recorder<Int>())
        (self.recorder, self.accepted) = (recorder, accepted)
        (core, port) = try await loop.run { loop in
            let core = LoopBound(Core(), on: loop)
            let listener = try Listener(on: .loopback(port: 0), loop: loop) { incoming, loop in
                let handler = RecordingHandler(recorder, reaction: reaction)
                guard let connection = try? incoming.open(handler: handler, on: loop) else { return }
                if let budget { connection.outboundBudget = budget }
                let all = core.open(on: loop)
                all.connections.append(connection)
                all.handlers.append(handler)
                accepted.record(all.connections.count)
            }
            core.open(on: loop).listener = listener
            return (core, listener.localAddress.port)
        }
    }

    deinit {
        loop.submit { [core] loop in
            let all = core.open(on: loop)
            all.listener?.close(on: loop)
            for connection in all.connections { connection.close(on: loop) }
            all.connections = []
        }
    }

    /// Waits until so many connections have been accepted.
    func accepts(_ count: Int) async throws {
        try await accepted.wait("\(count) connections accepted") { $0.count >= count }
    }

    func onCore<Value: Sendable>(_ body: @Sendable (Core, isolated EventLoop) throws -> Value) async rethrows -> Value {
        try await loop.run { [core] loop in try body(core.open(on: loop), loop) }
    }

    /// Runs `body` with the newest connection.
    func onConnection<Value: Sendable>(
        _ body: @Sendable (TCPConnection, isolated EventLoop) throws -> Value
    ) async throws -> Value {
        try await onCore { core, loop in
            guard let connection = core.connections.last else { throw TestFailure("there is no connection") }
            return try body(connection, loop)
        }
    }

    /// A raw connection to it, already accepted.
    func rawPeer(receiveBuffer: Int32? = nil) async throws -> RawSocket {
        let before = accepted.events.count
        let peer = try RawSocket.connect(to: port, receiveBuffer: receiveBuffer)
        try await accepts(before + 1)
        return peer
    }

    /// Waits for the end of a connection; why it ended.
    func closeReason() async throws -> TCPConnection.CloseReason {
        let events = try await recorder.wait("the connection closes") { $0.closeReason != nil }
        return events.closeReason!
    }
}

extension EventLoop {
    /// Returns after some whole turns of the loop: what was ready before has been dealt with.
    func turns(_ count: Int = 3) async {
        for _ in 0..<count {
            await withCheckedContinuation { continuation in submit { _ in continuation.resume() } }
        }
    }
}

/// Some thousands of bytes that don't repeat in step with any buffer.
func pattern(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count + unit.count <= count { bytes.append(contentsOf: unit) }
    return bytes + unit.prefix(count - bytes.count)
}

private let unit: [UInt8] = (0..<9973).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
