import Foundation
import TestSupport
import Testing

/// A real headless Chromium with a profile of its own, which ends with this process at the latest.
final class ChromiumBrowser: Browser {
    /// The one that all tests of the running suite share.
    @TaskLocal static var current: ChromiumBrowser?

    private static let names = ["chromium", "chromium-browser", "google-chrome"]
    private static let options = [
        "--headless=new", "--remote-debugging-port=0",
        // Root has no sandbox, and a container's /dev/shm is small.
        "--no-sandbox", "--disable-dev-shm-usage",
        // A tab behind another one is as awake as the one in front.
        "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
        "--disable-backgrounding-occluded-windows",
        "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-background-networking",
        "--disable-component-update", "--disable-gpu", "--password-store=basic", "--mute-audio", "--lang=en-US",
    ]

    private let process: ChildProcess
    private let profile: URL
    private let devTools: DevToolsConnection

    private init(_ process: ChildProcess, _ profile: URL, _ devTools: DevToolsConnection) {
        (self.process, self.profile, self.devTools) = (process, profile, devTools)
    }

    // MARK: Its life

    /// Starts it, lets `body` use it, and ends it.
    static func run(_ body: (ChromiumBrowser) async throws -> Void) async throws {
        let profile = FileManager.default.temporaryDirectory.appending(path: uniqueName("chromium"))
        try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: profile) }
        // Whatever it writes, it writes into the profile, which goes away.
        let environment = [
            "HOME": profile.path, "TMPDIR": profile.path, "XDG_CONFIG_HOME": profile.path,
            "XDG_CACHE_HOME": profile.path,
        ]
        let process = try await ChildProcess.start(
            try InstalledProgram.path(of: names), options + ["--user-data-dir=\(profile.path)", "about:blank"],
            environment: environment)
        let devTools: DevToolsConnection
        do {
            devTools = try await DevToolsConnection(url: try await devToolsURL(of: process, profile))
        } catch {
            try await process.end()
            throw error
        }
        let browser = ChromiumBrowser(process, profile, devTools)
        do {
            try await body(browser)
        } catch {
            try await browser.end()
            throw error
        }
        try await browser.end()
    }

    /// It writes its port, and the path of its DevTools, into its profile.
    private static func devToolsURL(of process: ChildProcess, _ profile: URL) async throws -> String {
        let file = profile.appending(path: "DevToolsActivePort")
        var lines: [String] = []
        try await eventually("Chromium opens its DevTools", within: .seconds(60)) {
            if process.hasExited { throw TestFailure("Chromium ended at once: \(process.lines.suffix(10))") }
            lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
            return lines.count == 2
        }
        return "ws://127.0.0.1:\(lines[0])\(lines[1])"
    }

    /// In order, so that its own children end first and nothing is written to the profile any more.
    private func end() async throws {
        _ = try? await devTools.call("Browser.close", within: .seconds(5))
        _ = try? await process.exit(within: .seconds(10))
        await devTools.close()
        try await process.end()
    }

    // MARK: Tabs

    func openTab() async throws -> BrowserTab {
        let context = try await devTools.call("Target.createBrowserContext").browserContextId
        let target = try await devTools.call(
            "Target.createTarget", ["url": "about:blank", "browserContextId": context, "width": 1280, "height": 800]
        ).targetId
        let session = try await devTools.call("Target.attachToTarget", ["targetId": target, "flatten": true]).sessionId
        guard let session = session.string else { throw TestFailure("the browser gives no session for a new tab") }
        return try await BrowserTab(
            try await ChromiumTab(devTools, target: target, context: context, session: session))
    }
}

/// Starts one Chromium before the first test of a suite, and ends it after the last.
struct ChromiumTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await ChromiumBrowser.run { browser in
            try await ChromiumBrowser.$current.withValue(browser) { try await body() }
        }
    }
}

extension Trait where Self == ChromiumTrait {
    static var chromium: ChromiumTrait { ChromiumTrait() }
}
