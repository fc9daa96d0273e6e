import Foundation
import TestSupport
import WebSocket

/// A browser's remote control, through our own WebSocket client: numbered commands, and events by session.
///
/// Chromium's DevTools (https://chromedevtools.github.io/devtools-protocol/) and WebDriver BiDi
/// (https://w3c.github.io/webdriver-bidi/) frame both alike; what is a session there is a browsing context here.
final class DevToolsConnection: Sendable {
    struct Event: Sendable {
        let method: String
        let parameters: DevToolsValue
    }

    private typealias Answer = Recorder<Result<DevToolsValue, TestFailure>>

    private struct State {
        var lastID = 0
        var answers: [Int: Answer] = [:]
        var events: [String: Recorder<Event>] = [:]
        var ending: TestFailure?
    }

    private let client: WebSocketClient
    private let state = Guarded(State())

    init(url: String) async throws {
        client = try await WebSocketClient.connect(to: url, on: TestLoops.next())
        Task { [client, state] in await Self.read(from: client, into: state) }
    }

    func close() async { await client.abort() }

    /// Carries out a command, and gives its result.
    /// - Parameter session: whom it is for; nil for the browser itself.
    /// - Throws: `TestFailure` with the browser's words when it refuses.
    @discardableResult
    func call(
        _ method: String, _ parameters: DevToolsValue = [:], session: String? = nil,
        within limit: Duration = .seconds(30)
    ) async throws -> DevToolsValue {
        let answer = Answer()
        let id = try state.withLock { state in
            if let ending = state.ending { throw ending }
            state.lastID += 1
            state.answers[state.lastID] = answer
            return state.lastID
        }
        defer { state.withLock { $0.answers[id] = nil } }
        var command: [String: DevToolsValue] = [
            "id": .number(Double(id)), "method": .string(method), "params": parameters,
        ]
        if let session { command["sessionId"] = .string(session) }
        await client.send(try DevToolsValue.object(command).encoded)
        let results = try await answer.wait("the browser answers \(method)", within: limit) { !$0.isEmpty }
        do {
            return try results[0].get()
        } catch {
            throw TestFailure("\(method): \(error)")
        }
    }

    /// What a session tells on its own account, from now on.
    func events(of session: String) -> Recorder<Event> {
        state.withLock { state in
            let recorder = state.events[session] ?? Recorder()
            state.events[session] = recorder
            return recorder
        }
    }

    // MARK: Reading

    private static func read(from client: WebSocketClient, into state: Guarded<State>) async {
        do {
            while true {
                guard case .text(let text) = try await client.receive() else { continue }
                take(try DevToolsValue(text), state)
            }
        } catch {
            let ending = TestFailure("the browser is gone: \(error)")
            let waiting = state.withLock { state in
                state.ending = ending
                return Array(state.answers.values)
            }
            for answer in waiting { answer.record(.failure(ending)) }
        }
    }

    private static func take(_ message: DevToolsValue, _ state: Guarded<State>) {
        if let id = message.id.number {
            let answer = state.withLock { $0.answers[Int(id)] }
            answer?.record(refusal(in: message).map { .failure($0) } ?? .success(message.result))
        } else if let method = message.method.string, let session = session(of: message) {
            let events = state.withLock { $0.events[session] }
            events?.record(Event(method: method, parameters: message.params))
        }
    }

    private static func refusal(in message: DevToolsValue) -> TestFailure? {
        if let text = message.error.message.string { return TestFailure("\(text) \(message.error.data.string ?? "")") }
        return message.error.string.map { TestFailure("\($0): \(message.message.string ?? "")") }
    }

    private static func session(of event: DevToolsValue) -> String? {
        event.sessionId.string ?? event.params.context.string ?? event.params.source.context.string
    }
}
