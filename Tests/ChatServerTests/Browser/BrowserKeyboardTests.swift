import TestSupport
import Testing

extension BrowserTests {
    @Suite struct Keyboard {
        @Test("Tab reaches everything in order, the focus is seen, and keys alone send and rename")
        func keysAlone() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first)
                let tab = ada.tab
                #expect(try await tab.evaluate("document.activeElement.id") == "message-box", "one may write at once")
                try await tab.press(.tab, shift: true)
                var reached = [try await tab.evaluate("document.activeElement.id").string ?? ""]
                for _ in 0..<6 {
                    let before = try await look(tab)
                    try await tab.press(.tab)
                    reached.append(try await tab.evaluate("document.activeElement.id").string ?? "")
                    #expect(try await look(tab) != before, "the focus on \(reached.last ?? "") is not seen")
                }
                #expect(
                    reached == ["messages", "message-box", "send", "name", "rename", "copy-link", "calls"])

                try await go(to: "name", in: tab)
                try await tab.selectAll()
                try await tab.type("Ada")
                try await tab.press(.tab)
                try await tab.press(.space)
                try await ada.waitForMembers(["Ada"])
                try await go(to: "message-box", in: tab)
                try await tab.type("by keys")
                try await tab.press(.tab)
                try await tab.press(.space)
                try await ada.waitForMessage("by keys")
                try await go(to: "message-box", in: tab)
                try await tab.type("by Enter")
                try await tab.press(.enter)
                try await ada.waitForMessage("by Enter")
                #expect(try await tab.evaluate("document.activeElement.id") == "message-box")
            }
        }

        private func go(to id: String, in tab: BrowserTab) async throws {
            for _ in 0..<12 where try await tab.evaluate("document.activeElement.id").string != id {
                try await tab.press(.tab)
            }
            #expect(try await tab.evaluate("document.activeElement.id").string == id)
        }

        /// Outlines and frames of all that may have the focus.
        private func look(_ tab: BrowserTab) async throws -> DevToolsValue {
            try await tab.evaluate(
                """
                [...document.querySelectorAll("button, input, form, #messages")].map((element) => {
                  const { outlineStyle, outlineWidth, borderColor, boxShadow } = getComputedStyle(element);
                  return [outlineStyle, outlineWidth, borderColor, boxShadow].join();
                })
                """)
        }

        @Test("a screen reader finds the log, the message box, the status and the members by role and name")
        func accessibilityTree() async throws {
            try await ChatScene.play { scene in
                let (ada, _) = try await scene.openBoth()
                try await ada.sendByEnter("read me")
                try await ada.waitForMessage("read me")
                let tree = try await ada.tab.call("Accessibility.getFullAXTree")
                let nodes = tree.nodes.elements.filter { $0.ignored.bool != true }
                func has(_ role: String, _ name: String) -> Bool {
                    nodes.contains { $0.role.value.string == role && $0.name.value.string == name }
                }
                #expect(has("log", "Messages"))
                #expect(has("textbox", "Message"))
                #expect(has("textbox", "Your name"))
                #expect(has("button", "Send"))
                #expect(has("button", "Change"))
                #expect(has("complementary", "Members"))
                #expect(has("heading", "Chat room \(scene.room)"))
                #expect(has("heading", "Members 2"))
                #expect(nodes.contains { $0.role.value == "status" })
                #expect(nodes.contains { $0.role.value == "alert" })
                #expect(nodes.filter { $0.role.value == "listitem" }.count == 2)
                let controls = nodes.filter { ["button", "textbox", "link"].contains($0.role.value.string) }
                #expect(controls.allSatisfy { $0.name.value.string?.isEmpty == false })
                try await ada.tab.wait(
                    "new messages are read aloud", until: "messages.getAttribute('aria-live') === 'polite'")
                #expect(try await ada.tab.evaluate("document.documentElement.lang") == "en")
            }
        }
    }
}
