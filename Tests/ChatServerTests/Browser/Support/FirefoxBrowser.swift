import Foundation
import TestSupport
import Testing

/// A real headless Firefox with a profile of its own, which ends with this process at the latest.
final class FirefoxBrowser: Browser {
    /// The one that all tests of the running suite share.
    @TaskLocal static var current: FirefoxBrowser?

    private static let preferences: [String: String] = [
        "browser.shell.checkDefaultBrowser": "false",
        "browser.startup.page": "0",
        "browser.sessionstore.resume_from_crash": "false",
        "app.update.enabled": "false",
        "datareporting.policy.dataSubmissionEnabled": "false",
        "network.captive-portal-service.enabled": "false",
        "network.connectivity-service.enabled": "false",
        "extensions.getAddons.cache.enabled": "false",
        // A window behind another one is as awake as the one in front.
        "dom.min_background_timeout_value": "4",
        "widget.windows.window_occlusion_tracking.enabled": "false",
        // 1 is light.
        "layout.css.prefers-color-scheme.content-override": "1",
        "intl.accept_languages": "\"en-US, en\"",
    ]

    private let process: ChildProcess
    private let bidi: DevToolsConnection

    private init(_ process: ChildProcess, _ bidi: DevToolsConnection) {
        (self.process, self.bidi) = (process, bidi)
    }

    // MARK: Its life

    /// Starts it, lets `body` use it, and ends it.
    static func run(_ body: (FirefoxBrowser) async throws -> Void) async throws {
        let profile = FileManager.default.temporaryDirectory.appending(path: uniqueName("firefox"))
        try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: profile) }
        let preferences = preferences.map { "user_pref(\"\($0.key)\", \($0.value));\n" }.joined()
        try Data(preferences.utf8).write(to: profile.appending(path: "user.js"))
        let process = try await ChildProcess.start(
            try InstalledProgram.path(of: ["firefox-esr", "firefox"]),
            ["--headless", "--no-remote", "--profile", profile.path, "--remote-debugging-port", "0", "about:blank"],
            environment: ["HOME": profile.path, "TMPDIR": profile.path, "MOZ_CRASHREPORTER_DISABLE": "1"])
        let browser: FirefoxBrowser
        do {
            let line = try await process.line(containing: "WebDriver BiDi listening on ", within: .seconds(90))
            let address = line.split(separator: " ").last.map(String.init) ?? ""
            let bidi = try await DevToolsConnection(url: address + "/session")
            try await bidi.call("session.new", ["capabilities": [:]], within: .seconds(90))
            try await bidi.call(
                "session.subscribe", ["events": ["log.entryAdded", "network.responseCompleted"]])
            browser = FirefoxBrowser(process, bidi)
        } catch {
            try await process.end()
            throw error
        }
        do {
            try await body(browser)
        } catch {
            try await browser.end()
            throw error
        }
        try await browser.end()
    }

    private func end() async throws {
        _ = try? await bidi.call("browser.close", within: .seconds(5))
        _ = try? await process.exit(within: .seconds(15))
        await bidi.close()
        try await process.end()
    }

    // MARK: Tabs

    func openTab() async throws -> BrowserTab {
        let user = try await bidi.call("browser.createUserContext").userContext
        // A window, not a tab: of a window's tabs all but one are hidden, and have no frames.
        let context = try await bidi.call("browsingContext.create", ["type": "window", "userContext": user]).context
        guard let context = context.string else { throw TestFailure("the browser gives no context for a new window") }
        return try await BrowserTab(try await FirefoxTab(bidi, context: context, user: user))
    }
}

/// Starts one Firefox before the first test of a suite, and ends it after the last.
struct FirefoxTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await FirefoxBrowser.run { browser in
            try await FirefoxBrowser.$current.withValue(browser) { try await body() }
        }
    }
}

extension Trait where Self == FirefoxTrait {
    static var firefox: FirefoxTrait { FirefoxTrait() }
}

/// Programs that the machine may have under one of several names.
enum InstalledProgram {
    /// - Throws: `TestFailure` when none of them is in PATH.
    static func path(of names: [String]) throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let paths = names.flatMap { name in folders.map { "\($0)/\(name)" } }
        guard let found = paths.first(where: FileManager.default.isExecutableFile) else {
            throw TestFailure("not installed: none of \(names.joined(separator: ", ")) is in PATH")
        }
        return found
    }
}
