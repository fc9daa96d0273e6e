import TestSupport

/// Real input: the browser gets keys and clicks, not the page's script.
extension BrowserTab {
    enum Key: String, Sendable {
        case enter = "Enter"
        case tab = "Tab"
        case escape = "Escape"
        case space = " "
        case home = "Home"
        case arrowUp = "ArrowUp"

        var code: String { self == .space ? "Space" : rawValue }

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
    }

    func press(_ key: Key, shift: Bool = false) async throws {
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

    /// Key by key, into whatever has the focus.
    func type(_ text: String) async throws {
        for character in text {
            let key = DevToolsValue.string(String(character))
            try await call("Input.dispatchKeyEvent", ["type": "keyDown", "key": key, "text": key])
            try await call("Input.dispatchKeyEvent", ["type": "keyUp", "key": key])
        }
    }

    /// Marks all of the field that has the focus, so that what is typed takes its place.
    func selectAll() async throws {
        let key: [String: DevToolsValue] = [
            "key": "a", "code": "KeyA", "modifiers": 2, "windowsVirtualKeyCode": 65, "commands": ["selectAll"],
        ]
        try await call("Input.dispatchKeyEvent", .object(key.merging(["type": "rawKeyDown"]) { $1 }))
        try await call("Input.dispatchKeyEvent", .object(key.merging(["type": "keyUp"]) { $1 }))
    }

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
        guard place != .null else {
            throw TestFailure("\(selector) can't be clicked on: it isn't there, or is covered")
        }
        for type: DevToolsValue in ["mouseMoved", "mousePressed", "mouseReleased"] {
            try await call(
                "Input.dispatchMouseEvent",
                ["type": type, "x": place.x, "y": place.y, "button": "left", "clickCount": 1])
        }
    }

    /// Turns the wheel over an element, upwards.
    func scrollUp(by pixels: Int, over selector: String) async throws {
        let place = try await evaluate(
            """
            (({ left, top, width, height }) => ({ x: left + width / 2, y: top + height / 2 }))(
              document.querySelector(`\(selector)`).getBoundingClientRect())
            """)
        try await call(
            "Input.dispatchMouseEvent",
            ["type": "mouseWheel", "x": place.x, "y": place.y, "deltaX": 0, "deltaY": .number(Double(-pixels))])
    }
}
