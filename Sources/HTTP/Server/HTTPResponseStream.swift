public import Transport

/// The body of a response that is written piece by piece, on the loop of its connection.
public final class HTTPResponseStream {
    /// Behind the bytes of a chunk.
    private static let chunkEnd = SharedBytes(HTTPChunk.end)
    private static let lastChunk = SharedBytes(HTTPChunk.last)

    /// Is told what becomes of the stream; held until it has ended.
    public var handler: (any HTTPResponseStreamHandler)?
    /// What its owner keeps with the stream.
    public var context: AnyObject?
    private let isChunked: Bool
    private let server: HTTPServerLoop
    /// nil once the stream has ended.
    private weak var connection: HTTPConnection?
    /// What waits for room; as many as there are tasks that write.
    private var writes: [(bytes: SharedBytes, done: (Bool) -> Void)] = []
    private var task: Task<Void, Never>?

    init(connection: HTTPConnection, isChunked: Bool, server: HTTPServerLoop) {
        (self.connection, self.isChunked, self.server) = (connection, isChunked, server)
    }

    /// Whether more can be written.
    public var isOpen: Bool { connection != nil }

    /// Bytes that wait for the peer.
    public var queuedByteCount: Int { connection?.queuedByteCount ?? 0 }

    /// Queues bytes; they are written at the end of the tick. No bytes are nothing.
    ///
    /// - Returns: `overBudget` where more than `HTTPConfiguration.outboundBudget` would wait and something waits
    ///   already: the bytes are not taken.
    @discardableResult
    public func send(_ bytes: SharedBytes, on loop: isolated EventLoop) -> TCPConnection.SendOutcome {
        guard let connection else { return .closed }
        if bytes.count == 0 { return .queued }
        let waiting = connection.queuedByteCount
        if waiting > 0, waiting + bytes.count > server.configuration.outboundBudget { return .overBudget }
        if isChunked { connection.write(SharedBytes(HTTPChunk.start(bytes.count)), on: loop) }
        connection.write(bytes, on: loop)
        if isChunked { connection.write(Self.chunkEnd, on: loop) }
        return .queued
    }

    /// Asks for one `drained`, as soon as nothing waits for the peer any more.
    public func awaitDrain(on loop: isolated EventLoop) { connection?.awaitDrain(on: loop) }

    /// Ends the body in order. Nothing happens where the stream has ended.
    public func end(on loop: isolated EventLoop) {
        guard let connection else { return }
        if isChunked { connection.write(Self.lastChunk, on: loop) }
        connection.streamEnded(isWhole: true, isChunked: isChunked, on: loop)
    }

    /// Ends the connection without the body's end, so that the peer knows that something is missing.
    public func abort(on loop: isolated EventLoop) {
        connection?.streamEnded(isWhole: false, isChunked: isChunked, on: loop)
    }

    // MARK: For the connection

    func drained(on loop: isolated EventLoop) {
        let waiting = writes
        writes = []
        for (bytes, done) in waiting { write(bytes, on: loop, done: done) }
        handler?.drained(self, on: loop)
    }

    /// Nothing can be written any more.
    func ended(on loop: isolated EventLoop) {
        let (waiting, last) = (writes, handler)
        (writes, handler, connection) = ([], nil, nil)
        task?.cancel()
        task = nil
        for write in waiting { write.done(false) }
        last?.ended(self, on: loop)
        context = nil
    }

    // MARK: Tasks

    /// Queues bytes and calls `done` when there is room for more; with false when they could not be taken.
    func write(_ bytes: SharedBytes, on loop: isolated EventLoop, done: @escaping (Bool) -> Void) {
        switch send(bytes, on: loop) {
        case .queued: done(true)
        case .closed: done(false)
        case .overBudget:
            writes.append((bytes, done))
            awaitDrain(on: loop)
        }
    }

    func run(on loop: isolated EventLoop, _ body: @escaping @Sendable (HTTPBodyWriter) async throws -> Void) {
        let box = LoopBound(self, on: loop)
        task = server.startTask(on: loop) {
            let isWhole: Bool
            do {
                try await body(HTTPBodyWriter(stream: box))
                isWhole = true
            } catch {
                isWhole = false
            }
            box.loop.submit { loop in
                let stream = box.open(on: loop)
                if isWhole { stream.end(on: loop) } else { stream.abort(on: loop) }
            }
        }
        if task == nil { abort(on: loop) }
    }
}

/// What a stream tells its owner. All calls are made on the stream's loop.
public protocol HTTPResponseStreamHandler: AnyObject {
    /// Nothing waits for the peer any more; the answer to `awaitDrain`.
    func drained(_ stream: HTTPResponseStream, on loop: isolated EventLoop)
    /// The stream has ended, by whomever; it comes exactly once, and last.
    func ended(_ stream: HTTPResponseStream, on loop: isolated EventLoop)
}
