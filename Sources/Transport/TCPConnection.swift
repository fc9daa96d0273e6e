/// One TCP connection on its loop: reads into the loop's buffer, writes once a tick.
///
/// Its handler is told everything, in order; `connectionClosed` comes exactly once and last. A connection that could
/// not be made ends the same way.
public final class TCPConnection {
    enum State: Equatable {
        case connecting
        case open
        /// No more is taken; once all is written, the output side is shut and input read away until it ends.
        case finishing
        /// The peer has gone while this side wrote: what it had sent before is read, then the connection closes.
        indirect case failing(SystemError)
        case closed
    }

    /// How long a peer that has ended its own side may take to read what was queued for it.
    private static let drainTimeout: Duration = .seconds(30)

    // In an order that wastes no bytes on padding: there is one of these for every connection. What is looked at for every
    // delivery is exempt from the check at run time that a variable isn't used while it is being changed: that costs
    // more than all else here, and no change of these calls out.
    let descriptor: System.Descriptor
    @exclusivity(unchecked) private var isDirty = false
    @exclusivity(unchecked) private var isOutputArmed = false
    private var isOutputShut = false
    private var isInputPaused = false
    private var token: UInt64 = .max
    @exclusivity(unchecked) private(set) var state: State
    /// None while nothing waits.
    @exclusivity(unchecked) private var outbox: Outbox?
    private var handler: (any TCPConnectionHandler)?
    private var finalReason = CloseReason.closed
    private var timer: TimerToken?
    /// The peer has ended its side, and reads what is left for it.
    private var isInputOver = false
    @exclusivity(unchecked) private var isDrainAwaited = false
    /// How many bytes more are read away while this side has finished.
    private var lingeringBytes = UInt32.max

    /// How many bytes may wait to be written.
    @exclusivity(unchecked) public var outboundBudget = 1_048_576
    public let remoteAddress: SocketAddress

    /// Takes over a connected descriptor and starts reading in the loop's next turn.
    package init(
        descriptor: System.Descriptor, remoteAddress: SocketAddress, handler: any TCPConnectionHandler,
        on loop: isolated EventLoop
    ) throws(SystemError) {
        self.descriptor = descriptor
        self.remoteAddress = remoteAddress
        self.handler = handler
        state = .open
        System.setNoDelay(descriptor)
        token = try loop.register(descriptor, .input, handler: self)
        loop.quietOutputs.insert(descriptor, for: token)
    }

    /// Starts connecting. The handler hears `connectionOpened`, or `connectionClosed` with the reason.
    /// - Throws: `SystemError` when the attempt can't even be started.
    public convenience init(
        connectingTo address: SocketAddress, timeout: Duration, handler: any TCPConnectionHandler,
        on loop: isolated EventLoop
    ) throws(SystemError) {
        try self.init(connectingTo: address, timeout: timeout, isNarrow: false, handler: handler, on: loop)
    }

    /// - Parameter isNarrow: small segments and a small receive buffer, so that a slow reader is felt at once.
    package init(
        connectingTo address: SocketAddress, timeout: Duration, isNarrow: Bool, handler: any TCPConnectionHandler,
        on loop: isolated EventLoop
    ) throws(SystemError) {
        descriptor = try System.makeSocket(for: address)
        if isNarrow { System.makeNarrow(descriptor) }
        remoteAddress = address
        self.handler = handler
        state = .connecting
        isOutputArmed = true
        do {
            System.setNoDelay(descriptor)
            try System.connect(descriptor, to: address)
            token = try loop.register(descriptor, .output, handler: self)
        } catch {
            System.closeDescriptor(descriptor)
            throw error
        }
        timer = loop.schedule(self, after: timeout)
    }

    // MARK: Sending

    /// Bytes taken but not yet handed to the system.
    public var queuedByteCount: Int { outbox?.byteCount ?? 0 }

    /// When the system last took a byte of what waits here, or when that began to wait; nil when all is
    /// written.
    public var lastProgress: ContinuousClock.Instant? { outbox?.lastProgress }

    /// Queues `bytes`; they are written at the end of the tick, in one call with all else that waits.
    @discardableResult
    public func send(_ bytes: SharedBytes, on loop: isolated EventLoop) -> SendOutcome {
        guard state == .open || state == .connecting else { return .closed }
        if queuedByteCount + bytes.count > outboundBudget { return .overBudget }
        append(bytes, on: loop)
        markDirty(on: loop)
        return .queued
    }

    /// The same at the end of a tick, for all that the tick has for this connection: it is written at once where nothing
    /// else waits.
    package func sendAtEndOfTick(_ bytes: SharedBytes, on loop: isolated EventLoop) -> SendOutcome {
        guard bytes.count <= outboundBudget, let written = loop.sendAtOnce(bytes, to: token) else {
            return send(bytes, on: loop)
        }
        if written < bytes.count { send(bytes, written: written, on: loop) }
        return .queued
    }

    /// What `EventLoop.sendAtOnce` knows it by.
    package var outputToken: UInt64 { token }

    /// Queues the rest of a piece of which `sendAtOnce` has written some.
    package func send(_ bytes: SharedBytes, written: Int, on loop: isolated EventLoop) {
        append(bytes, written: written, on: loop)
        arm(output: true, on: loop)
    }

    /// Something waits, or is asked for: what comes now must come behind it.
    private func markDirty(on loop: isolated EventLoop) {
        loop.quietOutputs.remove(token)
        if isDirty || isOutputArmed { return }
        isDirty = true
        loop.markDirty(self)
    }

    private func append(_ bytes: SharedBytes, written: Int = 0, on loop: isolated EventLoop) {
        let outbox = outbox ?? Outbox(now: loop.now)
        outbox.append(bytes, written: written)
        self.outbox = outbox
    }

    /// Asks for one `connectionDrained`, as soon as nothing waits to be written any more.
    public func awaitDrain(on loop: isolated EventLoop) {
        isDrainAwaited = true
        if state == .open { markDirty(on: loop) }
    }

    /// Hands the connection over to another handler, from the next event on.
    public func setHandler(_ handler: any TCPConnectionHandler) {
        if state != .closed { self.handler = handler }
    }

    /// Drops what waits, but for the rest of a piece that is half written: the peer must not see it torn.
    public func dropQueued() { outbox?.removeUnstarted() }

    /// Drops what waits and has a mark, but for a piece that is half written; the lowest mark of those dropped.
    public func dropMarked() -> Int? { outbox?.removeMarked() }

    func flush(on loop: isolated EventLoop) {
        isDirty = false
        switch state {
        case .open, .finishing: break
        case .connecting, .failing, .closed: return
        }
        while let outbox, !outbox.isEmpty {
            let count = outbox.gather(into: loop.scratch.slices)
            let slices = UnsafeMutableBufferPointer(rebasing: loop.scratch.slices[..<count])
            switch System.send(slices, on: descriptor) {
            case .bytes(let written):
                outbox.consume(written, at: loop.now)
            case .wouldBlock, .end:
                return arm(output: true, on: loop)
            case .failed(let error):
                return outputFailed(error, on: loop)
            }
        }
        outbox = nil
        arm(output: false, on: loop)
        if isInputOver { return close(finalReason, on: loop) }
        if state == .finishing { return shutOutput() }
        if isDrainAwaited {
            isDrainAwaited = false
            handler?.connectionDrained(self, on: loop)
        }
        if state == .open, !isDirty, !isOutputArmed, !isDrainAwaited {
            loop.quietOutputs.insert(descriptor, for: token)
        }
    }

    private func outputFailed(_ error: SystemError, on loop: isolated EventLoop) {
        guard state == .open, !isInputPaused, error.isPeerGone else { return close(.failed(error), on: loop) }
        // The hang-up that the poller reports next reads on to the end.
        leaveOpen(.failing(error), on: loop)
        outbox = nil
        arm(output: false, on: loop)
    }

    private func arm(output: Bool, on loop: isolated EventLoop) {
        if isOutputArmed == output { return }
        isOutputArmed = output
        loop.quietOutputs.remove(token)
        updateInterest(on: loop)
    }

    private func leaveOpen(_ state: State, on loop: isolated EventLoop) {
        self.state = state
        loop.quietOutputs.remove(token)
    }

    private func updateInterest(on loop: isolated EventLoop) {
        var interest: Readiness = isInputPaused || isInputOver ? [] : .input
        if isOutputArmed { interest.insert(.output) }
        loop.change(descriptor, to: interest, token: token)
    }

    // MARK: Receiving

    /// Stops reading: what the peer sends waits in the system's buffers, and then with the peer.
    public func pauseInput(on loop: isolated EventLoop) {
        guard state == .open, !isInputPaused else { return }
        isInputPaused = true
        updateInterest(on: loop)
    }

    public func resumeInput(on loop: isolated EventLoop) {
        guard state == .open, isInputPaused else { return }
        isInputPaused = false
        updateInterest(on: loop)
    }

    private func read(on loop: isolated EventLoop) {
        switch System.receive(from: descriptor, into: loop.scratch.input) {
        case .bytes(let count):
            // What comes after this side has finished is read only to see its end.
            if state == .finishing { return readAway(count, on: loop) }
            handler?.connection(self, received: .init(rebasing: loop.scratch.input[..<count]), on: loop)
        case .end:
            endInput(on: loop)
        case .wouldBlock:
            break
        case .failed(let error):
            if case .failing(let first) = state { return close(.failed(first), on: loop) }
            close(.failed(error), on: loop)
        }
    }

    private func readAway(_ count: Int, on loop: isolated EventLoop) {
        if lingeringBytes == .max { return }
        if count > Int(lingeringBytes) { return close(on: loop) }
        lingeringBytes -= UInt32(count)
    }

    /// The peer has ended its side: what waits for it is written, then the connection closes.
    private func endInput(on loop: isolated EventLoop) {
        if case .failing(let error) = state { return close(.failed(error), on: loop) }
        isInputOver = true
        if state == .open {
            leaveOpen(.finishing, on: loop)
            finalReason = .endOfInput
            timer = loop.schedule(self, after: Self.drainTimeout)
        }
        flush(on: loop)
        if state != .closed { updateInterest(on: loop) }
    }

    // MARK: Closing

    /// Writes what waits, shuts the output, and closes when the peer has ended its side too or `timeout` is over.
    ///
    /// - Parameter limit: so many bytes that the peer still sends are read away; at more the connection closes at once,
    ///   and the peer sees a reset. Up to 4 GB; more is without limit.
    public func finish(within timeout: Duration, reading limit: Int = .max, on loop: isolated EventLoop) {
        if state == .finishing { return }
        lingeringBytes = UInt32(clamping: limit)
        guard state == .open else { return close(on: loop) }
        leaveOpen(.finishing, on: loop)
        if isInputPaused {
            isInputPaused = false
            updateInterest(on: loop)
        }
        timer = loop.schedule(self, after: timeout)
        if queuedByteCount == 0 { shutOutput() }
    }

    private func shutOutput() {
        if isOutputShut { return }
        isOutputShut = true
        System.shutdownOutput(of: descriptor)
    }

    /// Closes at once. What waits to be written is dropped.
    public func close(on loop: isolated EventLoop) { close(.closed, on: loop) }

    private func close(_ reason: CloseReason, on loop: isolated EventLoop) {
        if state == .closed { return }
        leaveOpen(.closed, on: loop)
        if let timer { loop.cancel(timer) }
        timer = nil
        loop.deregister(descriptor, token: token)
        System.closeDescriptor(descriptor)
        outbox = nil
        let handler = handler
        self.handler = nil
        handler?.connectionClosed(self, reason: reason, on: loop)
    }
}

extension TCPConnection: ReadinessHandler {
    func readinessChanged(_ readiness: Readiness, on loop: isolated EventLoop) {
        if state == .connecting { return finishConnecting(on: loop) }
        // What had arrived before a hang-up is read first; the read after it meets the end, or the error.
        let isReading = !isInputPaused && !isInputOver
        if isReading, !readiness.isDisjoint(with: [.input, .hangUp]) { read(on: loop) }
        // Nobody reads, and a hang-up can't be unwatched: left alone it would spin.
        if !isReading, readiness.contains(.hangUp), state != .closed {
            close(.failed(System.pendingError(of: descriptor) ?? .connectionReset), on: loop)
        }
        if readiness.contains(.output), state != .closed { flush(on: loop) }
    }

    private func finishConnecting(on loop: isolated EventLoop) {
        if let error = System.pendingError(of: descriptor) { return close(.failed(error), on: loop) }
        if let timer { loop.cancel(timer) }
        timer = nil
        state = .open
        isOutputArmed = false
        updateInterest(on: loop)
        handler?.connectionOpened(self, on: loop)
        if state != .closed { flush(on: loop) }
    }

    func loopStops(on loop: isolated EventLoop) {
        if state != .closed { flush(on: loop) }
        close(.loopStopped, on: loop)
    }
}

extension TCPConnection: TimerHandler {
    /// Connecting, or finishing, has taken too long.
    public func timerFired(on loop: isolated EventLoop) {
        timer = nil
        if state == .connecting { return close(.failed(.timedOut), on: loop) }
        close(finalReason == .endOfInput ? .failed(.outputTimedOut) : .closed, on: loop)
    }
}
