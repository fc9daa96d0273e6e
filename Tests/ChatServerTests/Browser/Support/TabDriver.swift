/// What a test can do in a tab, whatever its browser speaks: DevTools in Chromium, WebDriver BiDi in Firefox.
protocol TabDriver: Sendable {
    /// The value of an expression, which may be a promise.
    /// - Throws: `TestFailure` with the page's words when it throws.
    func evaluate(_ expression: String, within limit: Duration) async throws -> DevToolsValue

    /// Returns when the page is loaded.
    func navigate(to url: String) async throws
    func reload() async throws
    /// As its user closes it.
    func close() async throws

    func press(_ key: BrowserTab.Key, shift: Bool) async throws
    /// Key by key, into whatever has the focus.
    func type(_ text: String) async throws
    func press(_ shortcut: BrowserTab.Shortcut) async throws
    func click(x: Double, y: Double) async throws
    func turnWheel(x: Double, y: Double, by pixels: Int) async throws

    /// - Parameter isPhone: where the browser can pretend to have a touch screen, it does.
    func show(width: Int, height: Int, isPhone: Bool) async throws
    func prefer(_ scheme: BrowserTab.Scheme) async throws
    /// A picture of what is seen: PNG in Base64.
    func picture() async throws -> String

    /// Errors of the console, exceptions, what the policy forbade, and requests that failed; in words.
    var troubles: [String] { get }
}

/// A browser that a test opens tabs in.
protocol Browser: Sendable {
    /// A new window of a new user: nothing is shared with other tabs, storage included.
    func openTab() async throws -> BrowserTab
}
