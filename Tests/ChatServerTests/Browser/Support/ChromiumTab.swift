import TestSupport

/// A tab of Chromium, driven through its DevTools.
final class ChromiumTab: TabDriver {
    typealias Event = DevToolsConnection.Event

    private let devTools: DevToolsConnection
    private let target: DevToolsValue
    private let context: DevToolsValue
    private let session: String
    let events: Recorder<Event>

    init(_ devTools: DevToolsConnection, target: DevToolsValue, context: DevToolsValue, session: String) async throws {
        (self.devTools, self.target, self.context, self.session) = (devTools, target, context, session)
        events = devTools.events(of: session)
        for domain in ["Page", "Runtime", "Log", "Network"] { try await call("\(domain).enable") }
        try await call("Page.addScriptToEvaluateOnNewDocument", ["source": .string(BrowserTab.violationListener)])
        // Of several windows only one has the focus; each page believes to be that one.
        try await call("Emulation.setFocusEmulationEnabled", ["enabled": true])
    }

    @discardableResult
    func call(
        _ method: String, _ parameters: DevToolsValue = [:], within limit: Duration = .seconds(30)
    ) async throws -> DevToolsValue {
        try await devTools.call(method, parameters, session: session, within: limit)
    }

    func close() async throws {
        try await devTools.call("Target.closeTarget", ["targetId": target])
        try await devTools.call("Target.disposeBrowserContext", ["browserContextId": context])
    }

    // MARK: Pages

    func navigate(to url: String) async throws {
        try await load { try await self.call("Page.navigate", ["url": .string(url)]).errorText.string }
    }

    func reload() async throws {
        try await load {
            try await self.call("Page.reload")
            return nil
        }
    }

    private func load(_ start: () async throws -> String?) async throws {
        let before = events.events.count
        if let error = try await start() { throw TestFailure("the page can't be loaded: \(error)") }
        try await events.wait("the page is loaded", within: .seconds(30)) { events in
            events.dropFirst(before).contains { $0.method == "Page.loadEventFired" }
        }
    }

    func evaluate(_ expression: String, within limit: Duration) async throws -> DevToolsValue {
        let answer = try await call(
            "Runtime.evaluate",
            ["expression": .string(expression), "awaitPromise": true, "returnByValue": true], within: limit)
        let exception = answer.exceptionDetails
        guard exception == .null else {
            throw TestFailure("in the page: \(exception.exception.description.string ?? exception.text.string ?? "")")
        }
        return answer.result.value
    }

    // MARK: Looks

    func show(width: Int, height: Int, isPhone: Bool) async throws {
        try await call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(width)), "height": .number(Double(height)), "mobile": .bool(isPhone),
                "deviceScaleFactor": isPhone ? 2 : 1,
            ])
        try await call("Emulation.setTouchEmulationEnabled", ["enabled": .bool(isPhone)])
    }

    func prefer(_ scheme: BrowserTab.Scheme) async throws {
        try await emulate(["prefers-color-scheme": scheme.rawValue])
    }

    /// Media features and their values; others are as they are by themselves.
    func emulate(_ features: [String: String]) async throws {
        let list = features.map { DevToolsValue.object(["name": .string($0.key), "value": .string($0.value)]) }
        try await call("Emulation.setEmulatedMedia", ["features": .array(list)])
    }

    func picture() async throws -> String {
        try await call("Page.captureScreenshot", ["format": "png"]).data.string ?? ""
    }
}

/// Real input: the browser gets keys and clicks, not the page's script.
extension ChromiumTab {
    func press(_ key: BrowserTab.Key, shift: Bool) async throws {
        var event: [String: DevToolsValue] = [
            "key": .string(key.rawValue), "code": .string(key.code), "modifiers": shift ? 8 : 0,
            "windowsVirtualKeyCode": .number(Double(key.number)),
        ]
        event["type"] = key.text == nil ? "rawKeyDown" : "keyDown"
        if let text = key.text { event["text"] = .string(text) }
        try await call("Input.dispatchKeyEvent", .object(event))
        event["type"] = "keyUp"
        event["text"] = nil
        try await call("Input.dispatchKeyEvent", .object(event))
    }

    func type(_ text: String) async throws {
        for character in text {
            let key = DevToolsValue.string(String(character))
            try await call("Input.dispatchKeyEvent", ["type": "keyDown", "key": key, "text": key])
            try await call("Input.dispatchKeyEvent", ["type": "keyUp", "key": key])
        }
    }

    func press(_ shortcut: BrowserTab.Shortcut) async throws {
        let letter = shortcut.letter.uppercased()
        let key: [String: DevToolsValue] = [
            "key": .string(shortcut.letter), "code": .string("Key\(letter)"), "modifiers": 2,
            "windowsVirtualKeyCode": .number(Double(letter.utf8.first ?? 0)),
            "commands": [.string(shortcut.rawValue)],
        ]
        try await call("Input.dispatchKeyEvent", .object(key.merging(["type": "rawKeyDown"]) { $1 }))
        try await call("Input.dispatchKeyEvent", .object(key.merging(["type": "keyUp"]) { $1 }))
    }

    func click(x: Double, y: Double) async throws {
        for type: DevToolsValue in ["mouseMoved", "mousePressed", "mouseReleased"] {
            try await call(
                "Input.dispatchMouseEvent",
                ["type": type, "x": .number(x), "y": .number(y), "button": "left", "clickCount": 1])
        }
    }

    func turnWheel(x: Double, y: Double, by pixels: Int) async throws {
        try await call(
            "Input.dispatchMouseEvent",
            [
                "type": "mouseWheel", "x": .number(x), "y": .number(y), "deltaX": 0,
                "deltaY": .number(Double(pixels)),
            ])
    }
}

/// What went wrong in a page and its user doesn't see.
extension ChromiumTab {
    var troubles: [String] { events.events.compactMap(Self.trouble) }

    private static func trouble(_ event: Event) -> String? {
        let details = event.parameters
        switch event.method {
        case "Runtime.consoleAPICalled":
            guard ["error", "warning", "assert"].contains(details.type.string) else { return nil }
            let words = details.args.elements.compactMap { $0.value.string ?? $0.description.string }
            return "console: \(words.joined(separator: " "))"
        case "Runtime.exceptionThrown":
            let exception = details.exceptionDetails
            return "exception: \(exception.exception.description.string ?? exception.text.string ?? "")"
        case "Log.entryAdded":
            guard ["error", "warning"].contains(details.entry.level.string) else { return nil }
            return "log: \(details.entry.text.string ?? "") \(details.entry.url.string ?? "")"
        case "Network.responseReceived":
            guard let status = details.response.status.number, status >= 400 else { return nil }
            return "response: \(Int(status)) \(details.response.url.string ?? "")"
        default:
            return nil
        }
    }
}
