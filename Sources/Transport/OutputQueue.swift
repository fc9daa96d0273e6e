/// What waits to be written to standard output and standard error: in order, and bounded. Pure.
struct OutputQueue {
    /// The descriptor's number: 1 or 2.
    typealias Stream = Int32

    private struct Piece {
        let number: UInt64
        let bytes: [UInt8]
        var written = 0
    }

    private struct Pieces {
        var waiting = FIFO()
        var byteCount = 0
        /// Refused for want of room, and not told yet.
        var lost = 0
        /// Whether what was lost may be told as soon as all else is written. Not to a stream that fails.
        var mayTell = true
    }

    /// First in, first out.
    private struct FIFO {
        private var pieces: [Piece] = []
        private var head = 0

        var isEmpty: Bool { head == pieces.count }
        var first: Piece? { isEmpty ? nil : pieces[head] }
        var count: Int { pieces.count - head }

        mutating func append(_ piece: Piece) { pieces.append(piece) }

        mutating func advance(by count: Int) -> Bool {
            pieces[head].written += count
            guard pieces[head].written >= pieces[head].bytes.count else { return false }
            head += 1
            if head == pieces.count || head > 256 {
                pieces.removeFirst(head)
                head = 0
            }
            return true
        }

        mutating func removeAll() { self = FIFO() }
    }

    /// What one write takes: a pipe that can be written to takes that much at once (PIPE_BUF on Linux).
    static let writeSize = 4_096

    private let limits: [Stream: Int]
    private let notice: @Sendable (Int) -> [UInt8]
    private var streams: [Stream: Pieces] = [:]
    private var count: UInt64 = 0
    /// Pieces that were lost, since the beginning.
    private(set) var lostCount = 0

    /// - Parameters:
    ///   - limits: how many bytes may wait for each stream.
    ///   - notice: the line that tells how many pieces were lost.
    init(limits: [Stream: Int], notice: @escaping @Sendable (Int) -> [UInt8]) {
        self.limits = limits
        self.notice = notice
    }

    /// Queues a line, or counts it as lost. After a loss half of the room must be free again.
    mutating func append(_ bytes: [UInt8], to stream: Stream) {
        var pieces = streams[stream] ?? Pieces()
        defer { streams[stream] = pieces }
        let limit = limits[stream] ?? 0
        let bound = pieces.lost > 0 ? limit / 2 : limit
        guard pieces.byteCount + bytes.count <= bound || pieces.byteCount == 0 else {
            pieces.lost += 1
            pieces.mayTell = true
            lostCount += 1
            return
        }
        tellLoss(&pieces, of: stream)
        add(bytes, to: &pieces)
    }

    private mutating func tellLoss(_ pieces: inout Pieces, of stream: Stream) {
        if pieces.lost == 0 { return }
        // What a program says on its standard output is no log.
        if stream == 2 { add(notice(pieces.lost), to: &pieces) }
        pieces.lost = 0
    }

    private mutating func add(_ bytes: [UInt8], to pieces: inout Pieces) {
        if bytes.isEmpty { return }
        pieces.waiting.append(Piece(number: count, bytes: bytes))
        count += 1
        pieces.byteCount += bytes.count
        pieces.mayTell = true
    }

    var isEmpty: Bool { waitingStreams.isEmpty }

    /// The streams for which something waits.
    var waitingStreams: [Stream] { streams.filter { !$0.value.waiting.isEmpty }.keys.sorted() }

    /// The bytes to write next: those that came first among the streams that can be written to.
    func next(of ready: [Stream]) -> (stream: Stream, bytes: ArraySlice<UInt8>)? {
        let firsts = ready.compactMap { stream in streams[stream]?.waiting.first.map { (stream, $0) } }
        guard let (stream, piece) = firsts.min(by: { $0.1.number < $1.1.number }) else { return nil }
        return (stream, piece.bytes[piece.written...].prefix(Self.writeSize))
    }

    /// The stream has taken so many of the bytes that were next.
    mutating func wrote(_ count: Int, to stream: Stream) {
        guard var pieces = streams[stream], !pieces.waiting.isEmpty else { return }
        pieces.byteCount -= count
        if pieces.waiting.advance(by: count), pieces.waiting.isEmpty, pieces.mayTell {
            tellLoss(&pieces, of: stream)
        }
        streams[stream] = pieces
    }

    /// The stream takes nothing, and won't: what waits for it is lost.
    mutating func failed(_ stream: Stream) {
        guard var pieces = streams[stream] else { return }
        pieces.lost += pieces.waiting.count
        lostCount += pieces.waiting.count
        pieces.waiting.removeAll()
        pieces.byteCount = 0
        pieces.mayTell = false
        streams[stream] = pieces
    }
}
