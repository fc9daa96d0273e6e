import TestSupport

/// Real input: the browser gets keys and clicks, not the page's script.
extension BrowserTab {
    /// The keys that tests press, beside those that write.
    enum Key: String, Sendable {
        case enter = "Enter"
        case tab = "Tab"
        case escape = "Escape"
        case space = " "
        case home = "Home"
        case arrowUp = "ArrowUp"

        var code: String { self == .space ? "Space" : rawValue }

        /// Its Windows virtual-key code, which DevTools asks for.
        var number: Int {
            switch self {
            case .enter: 13
            case .tab: 9
            case .escape: 27
            case .space: 32
            case .home: 36
            case .arrowUp: 38
            }
        }

        /// What it writes.
        var text: String? {
            switch self {
            case .enter: "\r"
            case .space: " "
            default: nil
            }
        }

        /// https://www.w3.org/TR/webdriver2/#keyboard-actions
        var webDriverValue: String {
            switch self {
            case .enter: "\u{E007}"
            case .tab: "\u{E004}"
            case .escape: "\u{E00C}"
            case .space: " "
            case .home: "\u{E011}"
            case .arrowUp: "\u{E013}"
            }
        }
    }

    /// With the control key. The raw values are the names of editing commands.
    enum Shortcut: String, Sendable {
        case selectAll, copy, paste

        var letter: String {
            switch self {
            case .selectAll: "a"
            case .copy: "c"
            case .paste: "v"
            }
        }
    }

    func press(_ key: Key, shift: Bool = false) async throws { try await driver.press(key, shift: shift) }

    /// Key by key, into whatever has the focus.
    func type(_ text: String) async throws { try await driver.type(text) }

    /// Marks all of the field that has the focus, so that what is typed takes its place.
    func selectAll() async throws { try await press(.selectAll) }

    func press(_ shortcut: Shortcut) async throws { try await driver.press(shortcut) }

    /// Clicks on the middle of an element.
    /// - Throws: `TestFailure` when it isn't there, or something else is in front of it.
    func click(_ selector: String) async throws {
        let place = try await evaluate(
            """
            (() => {
              const element = document.querySelector(`\(selector)`);
              element?.scrollIntoView({ block: "nearest" });
              const { left, top, width, height } = element?.getBoundingClientRect() ?? {};
              const [x, y] = [left + width / 2, top + height / 2];
              return width && element.contains(document.elementFromPoint(x, y)) ? { x, y } : null;
            })()
            """)
        guard let x = place.x.number, let y = place.y.number else {
            throw TestFailure("\(selector) can't be clicked on: it isn't there, or is covered")
        }
        try await driver.click(x: x, y: y)
    }

    /// Turns the wheel over an element, upwards.
    func scrollUp(by pixels: Int, over selector: String) async throws {
        let place = try await evaluate(
            """
            (({ left, top, width, height }) => ({ x: left + width / 2, y: top + height / 2 }))(
              document.querySelector(`\(selector)`).getBoundingClientRect())
            """)
        try await driver.turnWheel(x: place.x.number ?? 0, y: place.y.number ?? 0, by: -pixels)
    }
}
