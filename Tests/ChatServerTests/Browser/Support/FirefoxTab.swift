import TestSupport

/// A tab of Firefox, driven by WebDriver BiDi.
///
/// https://w3c.github.io/webdriver-bidi/
final class FirefoxTab: TabDriver {
    private let bidi: DevToolsConnection
    private let context: DevToolsValue
    private let user: DevToolsValue
    private let events: Recorder<DevToolsConnection.Event>

    init(_ bidi: DevToolsConnection, context: String, user: DevToolsValue) async throws {
        (self.bidi, self.context, self.user) = (bidi, .string(context), user)
        events = bidi.events(of: context)
        try await call(
            "script.addPreloadScript",
            [
                "functionDeclaration": .string("() => { \(BrowserTab.violationListener) }"),
                "contexts": [self.context],
            ])
    }

    /// Carries out a command; those that speak of a context get this one.
    @discardableResult
    private func call(
        _ method: String, _ parameters: DevToolsValue, within limit: Duration = .seconds(30)
    ) async throws -> DevToolsValue {
        try await bidi.call(method, parameters, within: limit)
    }

    func close() async throws {
        try await call("browsingContext.close", ["context": context])
        try await call("browser.removeUserContext", ["userContext": user])
    }

    // MARK: Pages

    func navigate(to url: String) async throws {
        try await call("browsingContext.navigate", ["context": context, "url": .string(url), "wait": "complete"])
    }

    func reload() async throws {
        try await call("browsingContext.reload", ["context": context, "wait": "complete"])
    }

    func evaluate(_ expression: String, within limit: Duration) async throws -> DevToolsValue {
        // What an answer is in JSON is simpler than BiDi's own form of it.
        let text = "Promise.resolve(\(expression)\n).then((value) => JSON.stringify(value) ?? 'null')"
        let answer = try await call(
            "script.evaluate",
            ["expression": .string(text), "target": ["context": context], "awaitPromise": true], within: limit)
        guard answer.type == "success", let json = answer.result.value.string else {
            throw TestFailure("in the page: \(answer.exceptionDetails.text.string ?? "\(answer)")")
        }
        return try DevToolsValue(json)
    }

    // MARK: Input

    private func perform(_ type: DevToolsValue, _ actions: [DevToolsValue]) async throws {
        let source: DevToolsValue = ["type": type, "id": type, "actions": .array(actions)]
        try await call("input.performActions", ["context": context, "actions": [source]])
    }

    private static func key(_ value: String, isDown: Bool) -> DevToolsValue {
        ["type": isDown ? "keyDown" : "keyUp", "value": .string(value)]
    }

    private static func stroke(_ value: String) -> [DevToolsValue] {
        [key(value, isDown: true), key(value, isDown: false)]
    }

    func press(_ key: BrowserTab.Key, shift: Bool) async throws {
        let shiftKey = "\u{E008}"
        let stroke = Self.stroke(key.webDriverValue)
        try await perform(
            "key", shift ? [Self.key(shiftKey, isDown: true)] + stroke + [Self.key(shiftKey, isDown: false)] : stroke)
    }

    func type(_ text: String) async throws {
        guard !text.isEmpty else { return }
        try await perform("key", text.flatMap { Self.stroke(String($0)) })
    }

    func press(_ shortcut: BrowserTab.Shortcut) async throws {
        let control = "\u{E009}"
        try await perform(
            "key", [Self.key(control, isDown: true)] + Self.stroke(shortcut.letter) + [Self.key(control, isDown: false)]
        )
    }

    func click(x: Double, y: Double) async throws {
        try await perform(
            "pointer",
            [
                ["type": "pointerMove", "x": .number(x.rounded(.down)), "y": .number(y.rounded(.down))],
                ["type": "pointerDown", "button": 0], ["type": "pointerUp", "button": 0],
            ])
    }

    func turnWheel(x: Double, y: Double, by pixels: Int) async throws {
        try await perform(
            "wheel",
            [
                [
                    "type": "scroll", "x": .number(x.rounded(.down)), "y": .number(y.rounded(.down)), "deltaX": 0,
                    "deltaY": .number(Double(pixels)),
                ]
            ])
    }

    // MARK: Looks

    func show(width: Int, height: Int, isPhone: Bool) async throws {
        try await call(
            "browsingContext.setViewport",
            [
                "context": context, "viewport": ["width": .number(Double(width)), "height": .number(Double(height))],
                "devicePixelRatio": 1,
            ])
    }

    func prefer(_ scheme: BrowserTab.Scheme) async throws {
        throw TestFailure("Firefox has one scheme from its start to its end")
    }

    func picture() async throws -> String {
        try await call("browsingContext.captureScreenshot", ["context": context]).data.string ?? ""
    }

    // MARK: Troubles

    var troubles: [String] { events.events.compactMap(Self.trouble) }

    private static func trouble(_ event: DevToolsConnection.Event) -> String? {
        let details = event.parameters
        switch event.method {
        case "log.entryAdded":
            guard ["error", "warn"].contains(details.level.string) else { return nil }
            return "\(details.type.string ?? "log"): \(details.text.string ?? "")"
        case "network.responseCompleted":
            guard let status = details.response.status.number, status >= 400 else { return nil }
            return "response: \(Int(status)) \(details.response.url.string ?? "")"
        default:
            return nil
        }
    }
}
