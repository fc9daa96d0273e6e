import Transport
import WebSocket

/// A client's connections, one after another, on the run's loop: what `ClientModel` decides is done here.
final class TestClient {
    private static let shortestWait: Duration = .milliseconds(100)
    private static let longestWait: Duration = .milliseconds(2_500)
    /// How long a link that was left behind stays open.
    private static let roamingTail: Duration = .seconds(12)

    private(set) var model: ClientModel
    private let clock: RunClock
    private let servers: [String]
    private var random: RunRandom
    private var socket: WebSocketClient?
    /// Counts connections: what comes from an older one is nobody's.
    private var number = 0
    private var failures = 0
    private var ended: CheckedContinuation<Void, Never>?
    private var slowUntil = Duration.zero
    private var isSlow = false
    private var isStopped = false
    private(set) var reconnects = 0

    init(model: ClientModel, servers: [String], clock: RunClock, random: RunRandom) {
        self.model = model
        self.servers = servers
        self.clock = clock
        self.random = random
    }

    // MARK: Its life

    func live(on loop: isolated EventLoop) async {
        while !isStopped {
            await connectAndListen(on: loop)
            if isStopped { return }
            try? await Task.sleep(for: wait())
        }
    }

    private func wait() -> Duration {
        if let comeBackAt = model.comeBackAt { return max(.zero, comeBackAt - clock.now) }
        // Full jitter, so that a restarted server isn't stormed.
        let ceiling = min(Self.longestWait, Self.shortestWait * (2 << min(failures, 6)))
        let milliseconds = (Self.shortestWait / .milliseconds(1), ceiling / .milliseconds(1))
        return random.duration(Int(milliseconds.0)...Int(milliseconds.1))
    }

    private func connectAndListen(on loop: isolated EventLoop) async {
        let server = Int.random(in: 0..<servers.count, using: &random)
        number += 1
        let mine = number
        var options = WebSocketClient.Options()
        options.timeout = .seconds(4)
        options.closeTimeout = .seconds(2)
        options.inboxLimit = 16
        options.isNarrow = true
        let opened: WebSocketClient
        do {
            opened = try await WebSocketClient.connect(to: servers[server] + model.target, options: options, on: loop)
        } catch {
            failures += 1
            return
        }
        guard mine == number, !isStopped else { return await opened.abort() }
        socket = opened
        reconnects += 1
        model.opened(server: server, at: clock.now)
        await withCheckedContinuation { continuation in
            ended = continuation
            Task { await listen(to: opened, mine, on: loop) }
        }
    }

    private func listen(to socket: WebSocketClient, _ mine: Int, on loop: isolated EventLoop) async {
        do throws(WebSocketClientError) {
            while mine == number {
                let message = try await socket.receive()
                while mine == number, clock.now < slowUntil { try? await Task.sleep(for: .milliseconds(50)) }
                guard mine == number else { break }
                wakeIfDue()
                guard case .text(let text) = message, let speech = ServerSpeech(text) else { continue }
                if case .memberAdd = speech.event { failures = 0 }
                perform(model.receive(speech, at: clock.now), on: loop)
            }
        } catch {
            guard mine == number else { return }
            if case .closed(let code, _) = error, code?.rawValue == 4001 { model.takenOver(at: clock.now) }
            leave("\(error)")
        }
    }

    // MARK: Acting

    func tick(on loop: isolated EventLoop) {
        if socket == nil || clock.now < slowUntil { return }
        wakeIfDue()
        perform(model.tick(at: clock.now), on: loop)
    }

    private func wakeIfDue() {
        guard isSlow, clock.now >= slowUntil else { return }
        isSlow = false
        model.woke(at: clock.now)
    }

    private func perform(_ actions: [ClientModel.Action], on loop: isolated EventLoop) {
        var texts: [String] = []
        for action in actions {
            switch action {
            case .send(let text):
                texts.append(text)
            case .drop(let reason):
                guard let abandoned = socket else { return }
                leave(reason)
                // 4000, as the page says it; a frozen server won't answer.
                Task {
                    await abandoned.close(CloseCode(rawValue: 4000))
                    _ = loop
                }
                return
            }
        }
        guard let socket, !texts.isEmpty else { return }
        outgoing += texts
        if isSending { return }
        isSending = true
        let mine = number
        Task {
            while mine == number, !outgoing.isEmpty { await socket.send(outgoing.removeFirst()) }
            if mine == number { isSending = false }
            _ = loop
        }
    }

    // One at a time, so that sends keep their order.
    private var outgoing: [String] = []
    private var isSending = false

    /// The connection is no longer this client's.
    private func leave(_ reason: String) {
        number += 1
        socket = nil
        (outgoing, isSending) = ([], false)
        model.lost(reason, at: clock.now)
        ended?.resume()
        ended = nil
    }

    // MARK: What is done to it

    /// The link ends without a Close frame.
    func cut(on loop: isolated EventLoop) async {
        guard let socket else { return }
        leave("cut")
        await socket.abort()
    }

    /// The link is left behind, open; the next one comes at once.
    func roam(on loop: isolated EventLoop) {
        guard let socket else { return }
        leave("roamed away")
        Task {
            try? await Task.sleep(for: Self.roamingTail)
            await socket.abort()
            _ = loop
        }
    }

    func leaveForGood(on loop: isolated EventLoop) async {
        guard let socket else { return }
        leave("leaving")
        model.left(at: clock.now)
        await socket.close(.normalClosure)
    }

    /// Reads nothing, and says nothing, for a while.
    func beSlow(for duration: Duration) {
        slowUntil = max(slowUntil, clock.now + duration)
        isSlow = true
    }

    func rush(for duration: Duration) { model.rush(until: clock.now + duration) }

    func beQuiet() { model.isQuiet = true }

    func stop(on loop: isolated EventLoop) async {
        isStopped = true
        guard let socket else { return }
        leave("the run is over")
        await socket.abort()
    }
}
