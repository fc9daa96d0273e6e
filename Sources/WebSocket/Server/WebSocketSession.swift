public import Transport

/// One open WebSocket, on its loop.
public final class WebSocketSession {
    /// How often a slow session is looked at.
    private static let stallCheck: Duration = .seconds(1)
    private static let origin = ContinuousClock.now

    // In an order that wastes no bytes on padding: there is one of these for every connection. As in `TCPConnection`, what
    // is looked at for every delivery isn't checked for exclusive access.
    public let id: ID
    /// What the handler keeps with the session.
    public var context: AnyObject?
    /// Kept by its topics.
    @exclusivity(unchecked) var listening = Listening()
    /// Whether a peer that reads too slowly loses the marked frames that wait for it, instead of its connection.
    public var dropsMarked = false
    /// Between `overflowed` and `caughtUp`.
    public private(set) var isSlow = false
    /// The window that messages are compressed with; 0: they aren't.
    private let windowBits: UInt8
    private var isInputPaused = false
    private var isEnded = false
    // The name itself would take 16 bytes.
    private let subprotocolIndex: Int16?
    /// At so many looks in a row nothing waited for this slow peer, nor was it said to have caught up.
    private var fruitlessLooks: UInt16 = 0
    private var controlFrames = ControlFrameLimit()
    private let connection: TCPConnection
    private let server: WebSocketLoop
    @exclusivity(unchecked) private var state: ConnectionProtocol
    private var keepAlive: KeepAlive
    private var timer: TimerToken?
    @exclusivity(unchecked) private var closing: Closing?

    /// A close handshake under way.
    private final class Closing {
        let code: CloseCode?
        let reason: String
        let isPeers: Bool
        /// When the connection ends, whatever the peer does.
        let deadline: ContinuousClock.Instant
        var isAnswered = false

        init(code: CloseCode?, reason: String, isPeers: Bool, deadline: ContinuousClock.Instant) {
            (self.code, self.reason, self.isPeers, self.deadline) = (code, reason, isPeers, deadline)
        }
    }

    init(
        connection: TCPConnection, server: WebSocketLoop, subprotocol: String?, compression: PerMessageDeflate?,
        on loop: isolated EventLoop
    ) {
        id = server.nextID(on: loop)
        self.connection = connection
        self.server = server
        let index = subprotocol.flatMap { server.configuration.subprotocols.firstIndex(of: $0) }
        subprotocolIndex = index.flatMap { Int16(exactly: $0) }
        state = ConnectionProtocol(
            role: .server, limits: server.configuration.limits, compression: compression)
        windowBits = UInt8(compression?.serverWindowBits ?? 0)
        keepAlive = KeepAlive(
            interval: server.configuration.pingInterval, timeout: server.configuration.pongTimeout, now: loop.now,
            advance: .random(in: 0...0.5))
        timer = loop.schedule(self, at: keepAlive.deadline)
    }

    /// The subprotocol that was agreed on.
    public var subprotocol: String? { subprotocolIndex.map { server.configuration.subprotocols[Int($0)] } }

    public var remoteAddress: SocketAddress { connection.remoteAddress }

    /// Bytes that wait for the peer.
    public var queuedByteCount: Int { connection.queuedByteCount }

    /// Whether messages can still be sent.
    public var isOpen: Bool { state.maySendData && !isEnded }

    /// The other sessions and the topics of this loop.
    public var neighbours: WebSocketLoop { server }

    // MARK: Sending

    /// Queues a frame that others send too. A session that is closing takes none; one over its budget is closed (1013).
    public func send(_ frame: SharedFrame, on loop: isolated EventLoop) {
        guard state.maySendData else { return }
        server.topics.deliver(before: self, on: loop)
        deliver(frame, on: loop)
    }

    /// Whether what goes out is compressed.
    var isCompressing: Bool { windowBits != 0 }

    /// - Parameter mark: the lowest of this frame and those behind it, none of which is sent when it is one too many.
    func deliver(_ frame: SharedFrame, mark: Int? = nil, on loop: isolated EventLoop) {
        let bytes = isCompressing ? frame.bytes(windowBits: Int(windowBits), by: server.compressor) : frame.bytes
        deliver(bytes, mark: mark ?? frame.mark, on: loop)
    }

    func deliver(_ bytes: SharedBytes, on loop: isolated EventLoop) { deliver(bytes, mark: bytes.mark, on: loop) }

    private func deliver(_ bytes: SharedBytes, mark: Int, on loop: isolated EventLoop) {
        // One that is closing was given what there was for it, or had too much already.
        guard state.maySendData, closing == nil else { return }
        if connection.send(bytes, on: loop) == .overBudget { overflow(bytes, mark: mark, on: loop) }
    }

    /// What `EventLoop.sendAtOnce` knows it by; nobody's where what it gets is not what others get.
    var outputToken: UInt64 { isCompressing ? .max : connection.outputToken }

    /// Queues the rest of what `EventLoop.sendAtOnce` has begun.
    func deliver(_ bytes: SharedBytes, written: Int, on loop: isolated EventLoop) {
        connection.send(bytes, written: written, on: loop)
    }

    public func send(_ message: WebSocketMessage, on loop: isolated EventLoop) {
        guard state.maySendData else { return }
        switch message {
        case .text(let text): send(SharedFrame(.text(text), isCompressible: windowBits != 0), on: loop)
        case .binary(let bytes): send(SharedFrame(.binary(bytes), isCompressible: windowBits != 0), on: loop)
        }
    }

    public func send(text: String, on loop: isolated EventLoop) { send(.text(text), on: loop) }

    /// Behind what was published: were this the frame that is one too many, that must not overtake what is dropped.
    private func queueControl(_ frame: EncodedFrame, on loop: isolated EventLoop) {
        server.topics.deliver(before: self, on: loop)
        deliver(SharedBytes(frame.bytes), on: loop)
    }

    private func overflow(_ bytes: SharedBytes, mark: Int, on loop: isolated EventLoop) {
        if dropsMarked, makeRoom(for: bytes, mark: mark, on: loop) { return }
        giveUp(on: loop)
    }

    private func giveUp(on loop: isolated EventLoop) {
        connection.dropQueued()
        // Without what was published last: behind what was dropped it would be taken for all there is.
        sendAndAwaitClose(.tryAgainLater, "you read too slowly", on: loop)
    }

    /// False when there is no room even without the marked frames.
    private func makeRoom(for bytes: SharedBytes, mark: Int, on loop: isolated EventLoop) -> Bool {
        var lowest = connection.dropMarked()
        if bytes.mark != 0 {
            lowest = min(lowest ?? mark, mark)
        } else if connection.send(bytes, on: loop) != .queued {
            return false
        }
        if let lowest { dropped(lowest: lowest, on: loop) }
        return true
    }

    /// Drops the marked frames that wait for the peer, as if there were too many: for when they are no longer what it is
    /// to be sent. Nothing happens to a peer for which all is written.
    public func dropMarked(on loop: isolated EventLoop) {
        guard dropsMarked, isOpen, queuedByteCount > 0 else { return }
        // What was published last waits as well.
        server.topics.deliver(before: self, on: loop)
        if isOpen, let lowest = connection.dropMarked() { dropped(lowest: lowest, on: loop) }
    }

    private func dropped(lowest: Int, on loop: isolated EventLoop) {
        if !isSlow {
            isSlow = true
            fruitlessLooks = 0
            server.meter.count { $0.slowPeers += 1 }
            pauseInput(on: loop)
            stopTimer(on: loop)
            timer = loop.schedule(self, after: Self.stallCheck)
        }
        connection.awaitDrain(on: loop)
        server.handler.overflowed(self, lowest: lowest, on: loop)
    }

    /// What was dropped has been sent anew: the session is as any other again.
    public func caughtUp(on loop: isolated EventLoop) {
        guard isSlow, state.maySendData else { return }
        isSlow = false
        keepAlive.heard(at: loop.now)
        stopTimer(on: loop)
        timer = loop.schedule(self, at: keepAlive.deadline)
        resumeInput(on: loop)
    }

    /// Stops reading: the peer is slowed down by TCP itself. What was read already is still delivered.
    public func pauseInput(on loop: isolated EventLoop) {
        guard state.maySendData else { return }
        isInputPaused = true
        connection.pauseInput(on: loop)
    }

    public func resumeInput(on loop: isolated EventLoop) {
        isInputPaused = false
        connection.resumeInput(on: loop)
    }

    /// Asks for one `drained`, as soon as nothing waits for the peer any more.
    public func awaitDrain(on loop: isolated EventLoop) { connection.awaitDrain(on: loop) }

    // MARK: Closing

    /// Sends a Close frame and ends when the peer has answered it, or the close timeout is over.
    public func close(_ code: CloseCode, reason: String = "", on loop: isolated EventLoop) {
        if isOpen { server.topics.deliver(before: self, on: loop) }
        sendAndAwaitClose(code, reason, on: loop)
    }

    private func sendAndAwaitClose(_ code: CloseCode, _ reason: String, on loop: isolated EventLoop) {
        guard state.maySendClose else { return }
        if closing == nil { server.meter.closed(code) }
        let wasFailed = state.state == .failed
        let closing = beginClosing(code, reason, isPeers: false, on: loop)
        sendClose(.close(code, reason: reason), on: loop)
        // After a violation nothing more is read, so no answer will be seen: RFC 6455 §7.1.7.
        if wasFailed { return finish(closing, on: loop) }
        resumeInput(on: loop)
        stopTimer(on: loop)
        timer = loop.schedule(self, at: closing.deadline)
    }

    private func beginClosing(
        _ code: CloseCode?, _ reason: String, isPeers: Bool, on loop: isolated EventLoop
    ) -> Closing {
        if let closing { return closing }
        let deadline = loop.now.advanced(by: server.configuration.closeTimeout)
        let closing = Closing(code: code, reason: reason, isPeers: isPeers, deadline: deadline)
        self.closing = closing
        server.topics.remove(self, on: loop)
        return closing
    }

    private func sendClose(_ frame: EncodedFrame, on loop: isolated EventLoop) {
        // Room is made for it: whoever is over budget must still be told why.
        connection.outboundBudget = .max
        connection.send(SharedBytes(frame.bytes), on: loop)
        state.closeSent()
    }

    /// Nothing is left to say: the connection ends as soon as the peer has read it all.
    private func finish(_ closing: Closing, on loop: isolated EventLoop) {
        stopTimer(on: loop)
        connection.finish(within: max(.zero, loop.now.duration(to: closing.deadline)), on: loop)
    }

    private func stopTimer(on loop: isolated EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
    }
}

extension WebSocketSession: TCPConnectionHandler {
    public func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        if keepAlive.heard(at: loop.now), closing == nil, !isSlow {
            stopTimer(on: loop)
            timer = loop.schedule(self, at: keepAlive.deadline)
        }
        var rest = bytes
        do throws(ProtocolViolation) {
            while let event = try state.nextEvent(from: &rest) {
                take(event, on: loop)
                if isEnded { return }
            }
        } catch {
            // After our own Close there is nothing left to say.
            if let closing { return finish(closing, on: loop) }
            close(error.closeCode, reason: error.reason, on: loop)
        }
    }

    private func take(_ event: ConnectionProtocol.Event, on loop: isolated EventLoop) {
        switch event {
        case .message(let message):
            // RFC 6455 §1.4: after our Close what still comes is read, and of no interest.
            if state.maySendData { server.handler.received(message, from: self, on: loop) }
        case .ping(let payload):
            if admitsControlFrame(on: loop) { queueControl(.pong(payload), on: loop) }
        case .pong:
            _ = admitsControlFrame(on: loop)
        case .close(let code, let reason):
            let closing = beginClosing(code, reason, isPeers: true, on: loop)
            closing.isAnswered = true
            if let reply = state.closeReply() { sendClose(reply, on: loop) }
            finish(closing, on: loop)
        }
    }

    /// Counts a ping or a pong: it takes an open session, and not too many of them.
    private func admitsControlFrame(on loop: isolated EventLoop) -> Bool {
        guard state.maySendData else { return false }
        let limit = server.configuration.maximumControlFrames
        if controlFrames.admits(at: Self.origin.duration(to: loop.now), limit: limit) { return true }
        close(.policyViolation, reason: "too many pings", on: loop)
        return false
    }

    public func connectionDrained(_ connection: TCPConnection, on loop: isolated EventLoop) {
        if state.maySendData { server.handler.drained(self, on: loop) }
    }

    public func connectionClosed(
        _ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop
    ) {
        isEnded = true
        stopTimer(on: loop)
        server.limiter.release(connection.remoteAddress)
        let ending = Ending(
            code: closing.map(\.code) ?? .abnormalClosure, reason: closing?.reason ?? "",
            wasClean: closing?.isAnswered ?? false, wasPeers: closing?.isPeers ?? false)
        server.closed(self, ending, on: loop)
    }
}

extension WebSocketSession: TimerHandler {
    public func timerFired(on loop: isolated EventLoop) {
        timer = nil
        // The close timeout is over: whatever still waits is dropped.
        guard state.maySendData else {
            server.meter.count { $0.slowCloses += 1 }
            return connection.close(on: loop)
        }
        if isSlow {
            // Its input isn't read, so pings prove nothing: what it takes does.
            // Where nothing waits, what it was to be given has not come: that must not last for ever either.
            fruitlessLooks = connection.lastProgress == nil ? min(.max - 1, fruitlessLooks) + 1 : 0
            let progress = connection.lastProgress ?? loop.now - Self.stallCheck * Int(fruitlessLooks)
            let limit = StallLimit(timeout: server.configuration.stallTimeout)
            if limit.isOver(since: progress, at: loop.now) { return giveUp(on: loop) }
            timer = loop.schedule(self, after: Self.stallCheck)
            return
        }
        // Whoever isn't listened to can't be blamed for silence.
        if isInputPaused { keepAlive.heard(at: loop.now) }
        switch keepAlive.due(at: loop.now) {
        case .none: break
        case .ping: queueControl(.ping(), on: loop)
        case .lost:
            server.meter.count { $0.silentPeers += 1 }
            return connection.close(on: loop)
        }
        // A ping may have been the one byte too many: then the close timeout is running.
        if timer == nil { timer = loop.schedule(self, at: keepAlive.deadline) }
    }
}
