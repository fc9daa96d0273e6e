import Transport

/// The client's end of a WebSocket, on its loop: a bounded inbox on one side, frames on the other.
final class WebSocketClientSession {
    typealias Received = Result<WebSocketMessage, WebSocketClientError>

    private enum State {
        case handshake(ClientHandshake, opened: (WebSocketClientError?) -> Void)
        case open
        case ended(WebSocketClientError)
    }

    /// Beyond so many bytes in unread messages the server is made to wait.
    private static let inboxByteLimit = 1_048_576
    /// Beyond so many bytes in the outbox the sender waits, and pings go unanswered.
    private static let outboxLimit = 1_048_576

    private var state: State
    private var connection: TCPConnection?
    private var frames: ConnectionProtocol
    private let closeTimeout: Duration
    /// Beyond so many unread messages the server is made to wait.
    private let inboxLimit: Int
    private var timer: TimerToken?
    private var inbox: [WebSocketMessage] = []
    private var inboxHead = 0
    private var inboxByteCount = 0
    private var readers: [(Received) -> Void] = []
    private var drainWaiters: [() -> Void] = []
    private var closeWaiters: [() -> Void] = []
    private var closing: (code: CloseCode?, reason: String)?
    private var random = SystemRandomNumberGenerator()

    init(
        handshake: ClientHandshake, limits: ConnectionProtocol.Limits, closeTimeout: Duration, inboxLimit: Int,
        opened: @escaping (WebSocketClientError?) -> Void
    ) {
        state = .handshake(handshake, opened: opened)
        frames = ConnectionProtocol(role: .client, limits: limits)
        self.closeTimeout = closeTimeout
        self.inboxLimit = inboxLimit
    }

    func connect(to address: SocketAddress, timeout: Duration, isNarrow: Bool, on loop: isolated EventLoop) {
        timer = loop.schedule(self, after: timeout)
        do throws(SystemError) {
            connection = try TCPConnection(
                connectingTo: address, timeout: timeout, isNarrow: isNarrow, handler: self, on: loop)
            connection?.outboundBudget = .max
        } catch {
            end(.connection(error), on: loop)
        }
    }

    // MARK: Sending

    var queuedByteCount: Int { connection?.queuedByteCount ?? 0 }

    private var maskingKey: MaskingKey { MaskingKey(rawValue: .random(in: .min ... .max, using: &random)) }

    /// Queues a message; `done` is called when little enough waits for the next one.
    func send(_ message: WebSocketMessage, on loop: isolated EventLoop, done: @escaping () -> Void) {
        guard case .open = state, frames.maySendData, let connection else { return done() }
        switch message {
        case .text(let text): send(.text(text, maskingKey: maskingKey), on: loop)
        case .binary(let bytes): send(.binary(bytes, maskingKey: maskingKey), on: loop)
        }
        if connection.queuedByteCount < Self.outboxLimit { return done() }
        drainWaiters.append(done)
        connection.awaitDrain(on: loop)
    }

    func send(_ frame: EncodedFrame, on loop: isolated EventLoop) {
        connection?.send(SharedBytes(frame.bytes), on: loop)
    }

    func sendRaw(_ bytes: [UInt8], on loop: isolated EventLoop) {
        connection?.send(SharedBytes(bytes), on: loop)
    }

    func ping(on loop: isolated EventLoop) {
        if case .open = state, frames.maySendData { send(.ping(maskingKey: maskingKey), on: loop) }
    }

    func close(_ code: CloseCode?, reason: String, on loop: isolated EventLoop, done: @escaping () -> Void) {
        if case .ended = state { return done() }
        closeWaiters.append(done)
        guard case .open = state, frames.maySendClose else { return }
        send(.close(code, reason: reason, maskingKey: maskingKey), on: loop)
        frames.closeSent()
        connection?.resumeInput(on: loop)
        if let timer { loop.cancel(timer) }
        timer = loop.schedule(self, after: closeTimeout)
    }

    /// Ends the connection without a Close frame.
    func abort(on loop: isolated EventLoop) { end(.closed(.abnormalClosure, reason: "aborted"), on: loop) }

    // MARK: Receiving

    func receive(on loop: isolated EventLoop, completion: @escaping (Received) -> Void) {
        if let message = takeFromInbox() {
            if !isInboxFull { connection?.resumeInput(on: loop) }
            return completion(.success(message))
        }
        if case .ended(let error) = state { return completion(.failure(error)) }
        readers.append(completion)
    }

    private var isInboxFull: Bool {
        inbox.count - inboxHead >= inboxLimit || inboxByteCount >= Self.inboxByteLimit
    }

    private func takeFromInbox() -> WebSocketMessage? {
        guard inboxHead < inbox.count else { return nil }
        let message = inbox[inboxHead]
        // What was taken is not held any longer.
        inbox[inboxHead] = .binary([])
        inboxHead += 1
        inboxByteCount -= message.byteCount
        if inboxHead == inbox.count || inboxHead > inboxLimit {
            inbox.removeFirst(inboxHead)
            inboxHead = 0
        }
        return message
    }

    private func keep(_ message: WebSocketMessage, on loop: isolated EventLoop) {
        // After our Close the input can't be paused, or the server's would never be seen.
        guard frames.maySendData || !isInboxFull else { return }
        inbox.append(message)
        inboxByteCount += message.byteCount
        if isInboxFull, frames.maySendData { connection?.pauseInput(on: loop) }
    }

    private func take(_ event: ConnectionProtocol.Event, on loop: isolated EventLoop) {
        switch event {
        case .message(let message):
            if !readers.isEmpty { return readers.removeFirst()(.success(message)) }
            keep(message, on: loop)
        case .ping(let payload):
            // RFC 6455 §5.5.3: not every ping needs an answer of its own. A server that reads none gets no more.
            let hasRoom = connection.map { $0.queuedByteCount < Self.outboxLimit } ?? false
            if frames.maySendData, hasRoom { send(.pong(payload, maskingKey: maskingKey), on: loop) }
        case .pong:
            break
        case .close(let code, let reason):
            closing = (code, reason)
            if let reply = frames.closeReply(maskingKey: maskingKey) {
                send(reply, on: loop)
                frames.closeSent()
            }
            // RFC 6455 §7.1.1: the server closes the connection; if it doesn't, the timer does.
            if let timer { loop.cancel(timer) }
            timer = loop.schedule(self, after: closeTimeout)
        }
    }

    private func end(_ error: WebSocketClientError, on loop: isolated EventLoop) {
        if case .ended = state { return }
        let opening: ((WebSocketClientError?) -> Void)? =
            if case .handshake(_, let opened) = state { opened } else { nil }
        state = .ended(error)
        if let timer { loop.cancel(timer) }
        timer = nil
        let connection = connection
        self.connection = nil
        connection?.close(on: loop)
        opening?(error)
        let (reading, waiting) = (readers, drainWaiters + closeWaiters)
        (readers, drainWaiters, closeWaiters) = ([], [], [])
        for reader in reading { reader(.failure(error)) }
        for resume in waiting { resume() }
    }
}

extension WebSocketClientSession: TCPConnectionHandler {
    func connectionOpened(_ connection: TCPConnection, on loop: isolated EventLoop) {
        if case .handshake(let handshake, _) = state { sendRaw(handshake.request, on: loop) }
    }

    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        var rest = bytes
        if case .handshake(var handshake, let opened) = state {
            do throws(HandshakeError) {
                let acceptance = try handshake.next(from: &rest)
                state = .handshake(handshake, opened: opened)
                if acceptance == nil { return }
            } catch {
                return end(.handshake(error), on: loop)
            }
            state = .open
            if let timer { loop.cancel(timer) }
            timer = nil
            opened(nil)
        }
        do throws(ProtocolViolation) {
            while case .open = state, let event = try frames.nextEvent(from: &rest) { take(event, on: loop) }
        } catch {
            if frames.maySendClose {
                send(.close(error.closeCode, reason: error.reason, maskingKey: maskingKey), on: loop)
                connection.finish(within: closeTimeout, on: loop)
                self.connection = nil
            }
            end(.violation(error), on: loop)
        }
    }

    func connectionDrained(_ connection: TCPConnection, on loop: isolated EventLoop) {
        let waiting = drainWaiters
        drainWaiters = []
        for resume in waiting { resume() }
    }

    func connectionClosed(_ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop) {
        self.connection = nil
        if let closing { return end(.closed(closing.code, reason: closing.reason), on: loop) }
        if case .failed(let error) = reason { return end(.connection(error), on: loop) }
        end(.closed(.abnormalClosure, reason: "the connection ended without a Close frame"), on: loop)
    }
}

extension WebSocketMessage {
    /// Its payload's size.
    fileprivate var byteCount: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        }
    }
}

extension WebSocketClientSession: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        timer = nil
        end(closing.map { .closed($0.code, reason: $0.reason) } ?? .timedOut, on: loop)
    }
}
