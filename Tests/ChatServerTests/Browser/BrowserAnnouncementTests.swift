import TestSupport
import Testing

extension BrowserTests {
    /// What a screen reader reads aloud by itself: the changes of live regions.
    @Suite struct Announcements {
        /// Notes what each live region says from now on, whenever that changes.
        private static let listening = """
            (() => {
              window.announced = [];
              new MutationObserver((changes) => {
                const regions = new Set(changes.map(({ target }) =>
                  (target instanceof Element ? target : target.parentElement)
                    ?.closest("[aria-live], [role=status], [role=alert], [role=log]")));
                for (const region of regions) {
                  if (!region || region.getAttribute("aria-live") === "off" || !region.textContent.trim()) continue;
                  announced.push(`${region.id}: ${region.textContent}`);
                }
              }).observe(document, { subtree: true, childList: true, characterData: true });
            })()
            """

        private func announced(in page: ChatPage) async throws -> [String] {
            try await page.tab.evaluate("announced").strings
        }

        @Test("a loss of many attempts is announced once, and the return once, with how many messages are new")
        func loss() async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.tab.wait("the log is live", until: "messages.getAttribute('aria-live') === 'polite'")
                try await ada.tab.evaluate(Self.listening)
                let before = ada.tab.openedWebSockets.count
                try await scene.first.kill()
                try await eventually("it has tried four times", within: .seconds(60)) {
                    ada.tab.openedWebSockets.count >= before + 4
                }
                #expect(try await announced(in: ada) == ["announcer: Connection lost."])
                try await scene.addGuest("Grace", saying: ["one", "two", "three"])
                try await scene.first.start()
                try await ada.waitUntilJoined()
                try await ada.waitForMessage("three")
                try await ada.tab.wait("the return is told", until: "announced.length > 1")
                try await ada.tab.waitForFrame()
                #expect(
                    try await announced(in: ada) == [
                        "announcer: Connection lost.", "announcer: Connected again, 3 new messages.",
                    ])
                try await scene.addGuest("Edsger", saying: ["live"])
                try await ada.tab.wait(
                    "a new message is told", until: "announced.some((words) => words.includes('live'))")
            }
        }

        @Test("what is typed is announced only where it comes near the limit, and over it")
        func limit() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.tab.evaluate(Self.listening)
                func write(_ length: Int) async throws {
                    try await ada.tab.evaluate(
                        """
                        ((box) => {
                          box.value = "x".repeat(\(length));
                          box.dispatchEvent(new Event("input", { bubbles: true }));
                        })(document.getElementById("message-box"))
                        """)
                    try await ada.tab.waitForFrame()
                }
                for length in 1...30 { try await write(length * 100) }
                #expect(try await announced(in: ada) == [])
                for length in 7_000...7_030 { try await write(length) }
                #expect(try await announced(in: ada).count == 1)
                #expect(try await announced(in: ada).last?.contains("characters left") == true)
                for length in 8_193...8_223 { try await write(length) }
                #expect(try await announced(in: ada).count == 2)
                #expect(try await announced(in: ada).last?.hasSuffix("1 character too long") == true)
                try await write(0)
            }
        }

        @Test("a connection that another window has taken over is announced")
        func takenOver() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.tab.evaluate(Self.listening)
                try await scene.takeOver(ada)
                try await ada.tab.wait("it is told", until: "announced.length > 0")
                #expect(try await announced(in: ada) == ["announcer: This chat was opened in another window."])
            }
        }
    }
}
