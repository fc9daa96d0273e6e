import TestSupport
import Testing

/// What the two engines do differently by themselves.
extension BrowserTests.States {
    @Test("the box grows with what is written, in both engines", arguments: Engine.allCases)
    func growing(engine: Engine) async throws {
        try await ChatScene.play(in: engine.browser) { scene in
            let ada = try await scene.open(scene.first, name: "Ada")
            let height = "document.getElementById('message-box').getBoundingClientRect().height"
            let empty = try await ada.tab.evaluate(height).number ?? 0
            try await ada.tab.click("#message-box")
            for _ in 0..<3 {
                try await ada.tab.type("a line")
                try await ada.tab.press(.enter, shift: true)
            }
            try await ada.tab.waitForFrame()
            let full = try await ada.tab.evaluate(height).number ?? 0
            #expect(full > empty + 50)
            try await ada.tab.type("the last")
            try await ada.tab.press(.enter)
            try await ada.waitForMessage("a line\na line\na line\nthe last")
            try await ada.tab.waitForFrame()
            #expect(try await ada.tab.evaluate(height).number == empty)
        }
    }

    @Test("copied messages are lines that say who wrote what, and when", arguments: Engine.allCases)
    func copying(engine: Engine) async throws {
        try await ChatScene.play(in: engine.browser) { scene in
            try await scene.addGuest("Grace", saying: ["Hello Ada", "How are you?"])
            let ada = try await scene.open(scene.first, name: "Ada")
            try await ada.sendByEnter("Fine")
            try await ada.waitForMessage("Fine")
            let times = try await ada.messages.map(\.time)
            let lines = ["Grace \(times[0]): Hello Ada", "Grace \(times[1]): How are you?", "Ada \(times[2]): Fine"]
            let all = try await copied(in: ada, from: "rows[0].querySelector('.name'), 0", to: "rows[2]")
            #expect(all == lines.joined(separator: "\n"))
            let page = try await copied(in: ada, from: "document.body, 0", to: "document.getElementById('people')")
            #expect(page.hasSuffix(lines.joined(separator: "\n")))
            #expect(!page.contains("Send") && !page.contains("Change"))
            let part = try await copied(in: ada, from: "rows[0].querySelector('.text').firstChild, 6", to: "rows[1]")
            #expect(part == "Grace \(times[0]): Ada\n\(lines[1])")
            // Within one text the browser's own copy is right.
            let text = "rows[1].querySelector('.text').firstChild"
            #expect(try await copied(in: ada, from: "\(text), 4", to: text) == "are you?")
        }
    }

    /// What stands in the message box after copying a selection and pasting it there, by the keys.
    private func copied(in page: ChatPage, from start: String, to end: String) async throws -> String {
        try await page.tab.evaluate(
            """
            (() => {
              const rows = [...document.querySelectorAll("#rows .message")];
              const range = document.createRange();
              range.setStart(\(start));
              range.setEndAfter(\(end));
              document.activeElement.blur();
              getSelection().removeAllRanges();
              getSelection().addRange(range);
            })()
            """)
        try await page.tab.press(.copy)
        try await page.tab.click("#message-box")
        try await page.tab.press(.selectAll)
        try await page.tab.press(.paste)
        let box = "document.getElementById('message-box').value"
        try await page.tab.wait("it is pasted", until: box)
        let pasted = try await page.tab.evaluate(box).string ?? ""
        try await page.tab.evaluate("document.getElementById('message-box').value = ''")
        return pasted
    }
}
