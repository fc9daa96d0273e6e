import WebSocket

/// One connection of the load: it counts what it gets, and looks at each message's number.
final class Subscriber: TCPConnectionHandler {
    private let swarm: Swarm
    private let dialect: Dialect
    let index: Int
    private(set) var connection: TCPConnection?
    // What is looked at for every delivery isn't checked for exclusive access: that would cost more than the rest.
    @exclusivity(unchecked) private var handshake: ClientHandshake?
    @exclusivity(unchecked) private var isReady = false
    @exclusivity(unchecked) private var decoder = FrameDecoder(rules: .init(requiresMask: false, payloadLimit: 1 << 24))
    /// A message that came in pieces.
    @exclusivity(unchecked) private var partial: [UInt8] = []
    @exclusivity(unchecked) private var opcode = Opcode.text
    @exclusivity(unchecked) private var last: [Int]

    init(_ swarm: Swarm, index: Int, publishers: Int, dialect: Dialect) {
        self.swarm = swarm
        self.index = index
        self.dialect = dialect
        last = [Int](repeating: -1, count: publishers)
    }

    func connect(to address: SocketAddress, path: String, on loop: isolated EventLoop) throws {
        handshake = ClientHandshake(host: "127.0.0.1:\(address.port)", target: path, nonce: Self.nonce)
        connection = try TCPConnection(
            connectingTo: address, timeout: .seconds(10), handler: self, on: loop)
        connection?.outboundBudget = .max
    }

    /// Always the same: the limit server knows but one answer.
    private static let nonce: (UInt64, UInt64) = {
        let bytes = Array("benchmarks 16 by".utf8)
        return bytes.withUnsafeBytes {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }()

    func connectionOpened(_ connection: TCPConnection, on loop: isolated EventLoop) {
        connection.send(SharedBytes(handshake?.request ?? []), on: loop)
    }

    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        var rest = bytes
        do {
            if handshake != nil {
                guard try handshake?.next(from: &rest) != nil else { return }
                handshake = nil
                if dialect.readiness == nil { becameReady(on: loop) }
            }
            while let event = try decoder.next(from: &rest) {
                switch event {
                case .header(let header): opcode = header.opcode
                case .payload(let piece, let isEnd): take(UnsafeRawBufferPointer(piece), isEnd: isEnd, on: loop)
                }
            }
        } catch {
            swarm.fail("\(error)")
        }
    }

    private func becameReady(on loop: isolated EventLoop) {
        isReady = true
        swarm.opened(on: loop)
    }

    private func take(_ piece: UnsafeRawBufferPointer, isEnd: Bool, on loop: isolated EventLoop) {
        if opcode == .ping, isEnd {
            let pong = EncodedFrame.pong(Array(piece), maskingKey: MaskingKey(rawValue: 1))
            connection?.send(SharedBytes(pong.bytes), on: loop)
        }
        guard opcode == .text else { return }
        if isEnd, partial.isEmpty { return took(piece, on: loop) }
        partial += piece
        guard isEnd else { return }
        partial.withUnsafeBytes { took($0, on: loop) }
        partial = []
    }

    private func took(_ payload: UnsafeRawBufferPointer, on loop: isolated EventLoop) {
        if !isReady, let words = dialect.readiness {
            let prefix = UnsafeBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount)
            if payload.starts(with: prefix) { becameReady(on: loop) }
        }
        dialect.forEachMessage(in: payload) { took($0, on: loop) }
    }

    private func took(_ message: LoadMessage, on loop: isolated EventLoop) {
        // A welcome, or whatever else a server may say; or what was said before this load began.
        guard message.publisher < last.count, message.nanoseconds >= swarm.start else { return }
        let before = last[message.publisher]
        if before >= 0, message.number != before + 1 {
            if message.number > before { swarm.lost += message.number - before - 1 } else { swarm.reordered += 1 }
        }
        last[message.publisher] = max(before, message.number)
        swarm.delivered(message, to: self, on: loop)
    }

    func connectionClosed(
        _ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop
    ) {
        self.connection = nil
        swarm.fail("a connection ended: \(reason)")
    }
}
