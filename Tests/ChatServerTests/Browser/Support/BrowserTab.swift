import Foundation
import TestSupport

/// A tab that a test looks at and acts in as a user would.
final class BrowserTab: Sendable {
    typealias Event = DevToolsConnection.Event

    private let devTools: DevToolsConnection
    private let target: DevToolsValue
    private let context: DevToolsValue
    private let session: String
    let events: Recorder<Event>

    /// Says what a policy forbade; the browser's own log doesn't always.
    private static let violationListener = """
        document.addEventListener("securitypolicyviolation", (event) =>
          console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`));
        """

    init(_ devTools: DevToolsConnection, target: DevToolsValue, context: DevToolsValue, session: String) async throws {
        (self.devTools, self.target, self.context, self.session) = (devTools, target, context, session)
        events = devTools.events(of: session)
        for domain in ["Page", "Runtime", "Log", "Network"] { try await call("\(domain).enable") }
        try await call("Page.addScriptToEvaluateOnNewDocument", ["source": .string(Self.violationListener)])
        // Of several windows only one has the focus; each page believes to be that one.
        try await call("Emulation.setFocusEmulationEnabled", ["enabled": true])
        try await show(width: 1280, height: 800)
    }

    @discardableResult
    func call(
        _ method: String, _ parameters: DevToolsValue = [:], within limit: Duration = .seconds(30)
    ) async throws -> DevToolsValue {
        try await devTools.call(method, parameters, session: session, within: limit)
    }

    /// As its user closes it.
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

    /// Clicks on a link, and waits for the page behind it.
    func follow(_ selector: String) async throws {
        try await load {
            try await self.click(selector)
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

    // MARK: Scripts

    /// The value of an expression, which may be a promise.
    /// - Throws: `TestFailure` with the page's words when it throws.
    @discardableResult
    func evaluate(_ expression: String, within limit: Duration = .seconds(30)) async throws -> DevToolsValue {
        let answer = try await call(
            "Runtime.evaluate",
            ["expression": .string(expression), "awaitPromise": true, "returnByValue": true], within: limit)
        let exception = answer.exceptionDetails
        guard exception == .null else {
            throw TestFailure("in the page: \(exception.exception.description.string ?? exception.text.string ?? "")")
        }
        return answer.result.value
    }

    /// Waits until an expression is true in the page, looking whenever the page changes, and now and then besides.
    func wait(_ what: String, within limit: Duration = .seconds(20), until condition: String) async throws {
        let milliseconds = limit.components.seconds * 1_000
        let isMet = try await evaluate(
            """
            new Promise((resolve) => {
              const end = performance.now() + \(milliseconds);
              const check = () => {
                const isMet = Boolean(\(condition));
                if (!isMet && performance.now() < end) return;
                observer.disconnect();
                clearInterval(timer);
                resolve(isMet);
              };
              const observer = new MutationObserver(check);
              observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
              const timer = setInterval(check, 50);
              check();
            })
            """, within: limit + .seconds(10))
        if isMet.bool == true { return }
        let page = try await evaluate("document.body.innerText").string ?? ""
        throw TestFailure("not within \(limit): \(what); the page says: \(page.suffix(1_000)); \(troubles)")
    }

    /// Waits for a frame that shows all changes made so far.
    func waitForFrame() async throws {
        try await evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
    }

    // MARK: Looks

    enum Scheme: String, CaseIterable, Sendable {
        case light, dark
    }

    func show(width: Int, height: Int, isPhone: Bool = false) async throws {
        try await call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(width)), "height": .number(Double(height)), "mobile": .bool(isPhone),
                "deviceScaleFactor": isPhone ? 2 : 1,
            ])
        try await call("Emulation.setTouchEmulationEnabled", ["enabled": .bool(isPhone)])
    }

    func prefer(_ scheme: Scheme) async throws {
        let feature: DevToolsValue = ["name": "prefers-color-scheme", "value": .string(scheme.rawValue)]
        try await call("Emulation.setEmulatedMedia", ["features": [feature]])
    }

    /// Takes a picture of what is seen, into the folder that SCREENSHOTS names.
    func screenshot(_ name: String) async throws {
        try await waitForFrame()
        let picture = try await call("Page.captureScreenshot", ["format": "png"]).data.string ?? ""
        guard let data = Data(base64Encoded: picture), !data.isEmpty else {
            throw TestFailure("the browser gives no picture of \(name)")
        }
        try FileManager.default.createDirectory(at: Self.screenshots, withIntermediateDirectories: true)
        try data.write(to: Self.screenshots.appending(path: "\(name).png"))
    }

    private static let screenshots = URL(
        filePath: ProcessInfo.processInfo.environment["SCREENSHOTS"]
            ?? FileManager.default.temporaryDirectory.appending(path: "chat-screenshots").path)
}
