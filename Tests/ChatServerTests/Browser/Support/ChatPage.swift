import TestSupport

/// The chat's page in a tab: what its user sees, and does.
struct ChatPage: Sendable {
    struct Message: Hashable, Sendable {
        let seq: Int
        let name: String
        let text: String
        /// As shown.
        let time: String
        /// ISO 8601.
        let date: String
    }

    let tab: BrowserTab

    // MARK: What is seen

    func waitUntilJoined() async throws {
        try await tab.wait("the page has joined", until: "document.documentElement.dataset.state === 'joined'")
    }

    var messages: [Message] {
        get async throws {
            let rows = try await tab.evaluate(
                """
                [...document.querySelectorAll("#rows .message")].map((row) => ({
                  seq: Number(row.dataset.seq), name: row.querySelector(".name").textContent,
                  text: row.querySelector(".text").textContent, time: row.querySelector("time").textContent,
                  date: row.querySelector("time").dateTime,
                }))
                """)
            return rows.elements.map { row in
                Message(
                    seq: Int(row.seq.number ?? 0), name: row.name.string ?? "", text: row.text.string ?? "",
                    time: row.time.string ?? "", date: row.date.string ?? "")
            }
        }
    }

    var texts: [String] { get async throws { try await messages.map(\.text) } }

    /// Waits until a message stands in the log, numbered by Redis, not merely as one's own under way.
    func waitForMessage(_ text: String, within limit: Duration = .seconds(20)) async throws {
        let wanted = try DevToolsValue.string(text).encoded
        try await tab.wait(
            "the message \(wanted)", within: limit,
            until: "[...document.querySelectorAll('#rows .text')].some((text) => text.textContent === \(wanted))")
    }

    var members: [String] {
        get async throws {
            try await tab.evaluate("[...document.querySelectorAll('#members .name')].map((name) => name.textContent)")
                .strings
        }
    }

    /// Waits until exactly these are here, and the count says so.
    func waitForMembers(_ names: [String]) async throws {
        let wanted = try DevToolsValue.array(names.sorted().map { .string($0) }).encoded
        try await tab.wait(
            "the members \(wanted)",
            until: """
                JSON.stringify([...document.querySelectorAll("#members .name")].map((name) => name.textContent).sort())
                  === JSON.stringify(\(wanted))
                && document.querySelector("#people .count").textContent === "\(names.count)"
                """)
    }

    var status: String {
        get async throws { try await tab.evaluate("document.getElementById('status').innerText").string ?? "" }
    }

    // MARK: What its user does

    /// Types into the message box and presses Enter.
    func sendByEnter(_ text: String) async throws {
        try await tab.click("#message-box")
        try await tab.type(text)
        try await tab.press(.enter)
    }

    /// Types into the message box and clicks on Send.
    func sendByClick(_ text: String) async throws {
        try await tab.click("#message-box")
        try await tab.type(text)
        try await tab.click("#send")
    }

    /// Types another name, and returns when everybody has been told.
    func rename(_ name: String) async throws {
        try await tab.click("#name")
        try await tab.selectAll()
        try await tab.type(name)
        try await tab.press(.enter)
        let wanted = try DevToolsValue.string(name).encoded
        try await tab.wait(
            "the own name is \(wanted)",
            until: "document.querySelector('#members .own .name')?.textContent === \(wanted)")
    }
}
