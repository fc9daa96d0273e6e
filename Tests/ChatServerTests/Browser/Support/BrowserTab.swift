import Foundation
import TestSupport

/// A tab that a test looks at and acts in as a user would.
final class BrowserTab: Sendable {
    let driver: any TabDriver

    /// Says what a policy forbade; the browser's own log doesn't always.
    static let violationListener = """
        document.addEventListener("securitypolicyviolation", (event) =>
          console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`));
        """

    init(_ driver: any TabDriver) async throws {
        self.driver = driver
        try await show(width: 1280, height: 800)
    }

    /// As its user closes it.
    func close() async throws { try await driver.close() }

    // MARK: Pages

    func navigate(to url: String) async throws { try await driver.navigate(to: url) }

    func reload() async throws { try await driver.reload() }

    /// Clicks on a link, and waits for the page behind it.
    func follow(_ selector: String) async throws {
        let origin = try await evaluate("performance.timeOrigin").number ?? 0
        try await click(selector)
        // While one page makes way for the next, neither can be asked.
        try await eventually("the next page is loaded", within: .seconds(30)) {
            let isNext = "performance.timeOrigin > \(origin) && document.readyState === 'complete'"
            return (try? await self.evaluate(isNext))?.bool == true
        }
    }

    // MARK: Scripts

    /// The value of an expression, which may be a promise.
    /// - Throws: `TestFailure` with the page's words when it throws.
    @discardableResult
    func evaluate(_ expression: String, within limit: Duration = .seconds(30)) async throws -> DevToolsValue {
        try await driver.evaluate(expression, within: limit)
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
        try await driver.show(width: width, height: height, isPhone: isPhone)
    }

    func prefer(_ scheme: Scheme) async throws { try await driver.prefer(scheme) }

    /// Takes a picture of what is seen, into the folder that SCREENSHOTS names.
    func screenshot(_ name: String) async throws {
        try await waitForFrame()
        guard let data = Data(base64Encoded: try await driver.picture()), !data.isEmpty else {
            throw TestFailure("the browser gives no picture of \(name)")
        }
        try FileManager.default.createDirectory(at: Self.screenshots, withIntermediateDirectories: true)
        try data.write(to: Self.screenshots.appending(path: "\(name).png"))
    }

    private static let screenshots = URL(
        filePath: ProcessInfo.processInfo.environment["SCREENSHOTS"]
            ?? FileManager.default.temporaryDirectory.appending(path: "chat-screenshots").path)

    // MARK: Chromium alone

    /// The tab's DevTools.
    /// - Throws: `TestFailure` in another browser.
    var chromium: ChromiumTab {
        get throws {
            guard let tab = driver as? ChromiumTab else { throw TestFailure("only Chromium can do this") }
            return tab
        }
    }

    @discardableResult
    func call(
        _ method: String, _ parameters: DevToolsValue = [:], within limit: Duration = .seconds(30)
    ) async throws -> DevToolsValue {
        try await chromium.call(method, parameters, within: limit)
    }
}
