import TestSupport
import Testing

extension BrowserTests {
    /// Who one is, what one hasn't seen, and how one is called.
    @Suite struct Person {
        private static let own = "document.querySelector('#members .own')?.dataset.socket"
        private static let twin = "document.getElementById('twin').innerText"

        @Test("after closing the tab one is the same person; a second tab beside the first is another, and says so")
        func tabs() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                let person = try await ada.tab.evaluate(Self.own)
                #expect(try await ada.tab.evaluate(Self.twin) == "")

                // Opened by the page, it begins with a copy of what that keeps for its tab.
                try await ada.tab.evaluate(
                    "document.getElementById('copy-link').onclick = () => { second = open(location) }")
                try await ada.tab.click("#copy-link")
                let isIn = "window.second?.document.documentElement?.dataset.state === 'joined'"
                try await ada.tab.wait("the second tab is in", until: isIn)
                let others = "second.document.querySelector('#members .own').dataset.socket"
                let other = try await ada.tab.evaluate(others)
                #expect(other != person && other != .null)
                let words = "second.document.getElementById('twin').textContent"
                try await ada.tab.wait("it says so", until: "\(words).includes('another tab')")
                try await ada.waitForMembers(["Ada", "Ada"])
                try await ada.tab.evaluate(
                    "second.document.documentElement.dataset.state = 'old'; second.location.reload()")
                try await ada.tab.wait("it is in again", until: isIn)
                #expect(try await ada.tab.evaluate(others) == other)
                try await ada.tab.evaluate("second.close()")
                try await ada.waitForMembers(["Ada"])

                try await ada.tab.reload()
                try await ada.waitUntilJoined()
                #expect(try await ada.tab.evaluate(Self.own) == person)
                // A new tab has nothing of its own.
                try await ada.tab.evaluate("sessionStorage.clear()")
                try await ada.tab.reload()
                try await ada.waitUntilJoined()
                #expect(try await ada.tab.evaluate(Self.own) == person)
                try await ada.waitForMembers(["Ada"])
                #expect(try await ada.tab.evaluate(Self.twin) == "")
            }
        }

        @Test("names that look alike are told apart, in the list and in the log")
        func lookalikes() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                let eve = try await scene.open(scene.second, name: "Eve")
                try await eve.sendByEnter("I am Eve")
                try await ada.waitForMessage("I am Eve")
                let tags = "[...document.querySelectorAll('#members .tag')].map((tag) => tag.textContent)"
                #expect(try await ada.tab.evaluate(tags).strings == ["", ""])
                try await eve.rename("\u{410}d\u{430}")
                try await ada.tab.wait("both have a tag", until: "\(tags).every((tag) => tag)")
                #expect(Set(try await ada.tab.evaluate(tags).strings).count == 2)
                #expect(try await ada.tab.evaluate("Boolean(document.querySelector('#rows .tag'))") == true)
                try await ada.tab.screenshot("lookalikes")
                try await eve.rename("Eve")
                try await ada.tab.wait("no tag is left", until: "!\(tags).some((tag) => tag)")
                #expect(try await ada.tab.evaluate("Boolean(document.querySelector('#rows .tag'))") == false)
            }
        }

        @Test("a line shows where unread begins: while one reads further up, and on coming back")
        func unread() async throws {
            try await ChatScene.play { scene in
                try await scene.addGuest("Grace", saying: (1...40).map { "Message \($0)" })
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.waitForMessage("Message 40")
                let line = "document.querySelector('.unread')?.parentElement.querySelector('.text').textContent"
                #expect(try await ada.tab.evaluate(line) == .null)
                #expect(try await !ada.isVisible("#newer"))
                try await ada.tab.scrollUp(by: 900, over: "#messages")
                try await ada.tab.wait("a way back to the end", until: "!document.getElementById('newer').hidden")
                #expect(try await ada.tab.evaluate("newer.innerText").string?.contains("latest") == true)
                try await scene.addGuest("Edsger", saying: ["unread", "and more"])
                try await ada.tab.wait("two are new", until: "newer.innerText.includes('2 new messages')")
                #expect(try await ada.tab.evaluate(line) == "unread")
                try await ada.tab.click("#newer")
                try await ada.tab.wait("at the end", until: "document.getElementById('newer').hidden")
                #expect(try await ada.tab.evaluate(line) == "unread")
                try await ada.tab.screenshot("unread-line")
                try await ada.sendByEnter("read")
                try await ada.tab.wait("whoever writes has read", until: "!document.querySelector('.unread')")

                try await ada.tab.wait(
                    "the place is kept",
                    until: """
                        Object.entries(localStorage).some(([key, value]) =>
                          key.startsWith("chat.seen") && JSON.parse(value).seq === 43)
                        """)
                try await ada.tab.navigate(to: "about:blank")
                try await scene.addGuest("Barbara", saying: ["while Ada was away"])
                try await ada.tab.navigate(to: scene.first.page(room: scene.room))
                try await ada.waitForMessage("while Ada was away")
                try await ada.tab.wait("the line", until: "\(line) === 'while Ada was away'")
            }
        }

        @Test("one is told when one's name is called, if one has asked for it and is looking elsewhere")
        func called() async throws {
            try await ChatScene.play { scene in
                let (ada, grace) = try await scene.openBoth()
                try await ada.tab.evaluate(
                    """
                    window.shown = [];
                    window.Notification = class {
                      static permission = "default";
                      static async requestPermission() { return (Notification.permission = "granted"); }
                      constructor(title, { body }) { shown.push(`${title}: ${body}`); }
                    };
                    """)
                try await grace.sendByEnter("Ada, before she asked")
                try await ada.waitForMessage("Ada, before she asked")
                try await ada.tab.click("#calls")
                try await ada.tab.wait(
                    "it is on", until: "document.getElementById('calls').getAttribute('aria-pressed') === 'true'")
                try await ada.tab.screenshot("calls")
                try await grace.sendByEnter("Ada, while she looks")
                try await ada.waitForMessage("Ada, while she looks")
                try await ada.tab.evaluate("document.hasFocus = () => false")
                for text in ["Canada is far", "hey ada!", "the end"] {
                    try await grace.sendByEnter(text)
                    try await ada.waitForMessage(text)
                }
                #expect(try await ada.tab.evaluate("shown").strings == ["Grace in #\(scene.room): hey ada!"])
                try await ada.tab.click("#calls")
                try await grace.sendByEnter("Ada, once more")
                try await ada.waitForMessage("Ada, once more")
                #expect(try await ada.tab.evaluate("shown.length") == 1)
            }
        }

        @Test("the room's link is copied, or shown where there is no clipboard")
        func link() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.tab.evaluate(
                    "Object.defineProperty(navigator, 'clipboard', "
                        + "{ value: { writeText: async (text) => { window.copied = text } } })")
                try await ada.tab.click("#copy-link")
                let note = "document.getElementById('link-note').innerText"
                try await ada.tab.wait("it is told", until: "\(note) === 'Copied.'")
                let address = scene.first.page(room: scene.room)
                #expect(try await ada.tab.evaluate("copied") == .string(address))
                try await ada.tab.evaluate(
                    "navigator.clipboard.writeText = async () => { throw new Error('forbidden') }")
                try await ada.tab.click("#copy-link")
                try await ada.tab.wait("it is shown", until: "\(note) === '\(address)'")
            }
        }

        @Test("what is too long is told in characters, and cannot be sent; brackets belong to links that opened them")
        func writing() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.tab.evaluate(
                    """
                    ((box) => {
                      box.value = "é".repeat(5_000);
                      box.dispatchEvent(new Event("input", { bubbles: true }));
                    })(document.getElementById("message-box"))
                    """)
                #expect(try await ada.tab.evaluate("counter.innerText") == "904 characters too long")
                #expect(try await ada.tab.evaluate("send.disabled") == true)
                try await ada.tab.click("#message-box")
                try await ada.tab.press(.enter)
                #expect(try await ada.tab.evaluate("document.querySelectorAll('.message').length") == 0)
                try await ada.tab.selectAll()
                let text = "(HTTPS://EN.WIKIPEDIA.ORG/wiki/Swift_(bird)) is a bird"
                try await ada.tab.type(text)
                #expect(try await ada.tab.evaluate("counter.innerText") == "")
                try await ada.tab.press(.enter)
                try await ada.waitForMessage(text)
                #expect(
                    try await ada.tab.evaluate("document.querySelector('#rows a').href")
                        == "https://en.wikipedia.org/wiki/Swift_(bird)")
            }
        }
    }
}
