import TestSupport
import Testing

extension BrowserTests {
    @Suite struct Looks {
        @Test(
            "wide, narrow, light and dark: nothing overflows, and the members are reached",
            arguments: BrowserTab.Scheme.allCases)
        func sizes(scheme: BrowserTab.Scheme) async throws {
            try await ChatScene.play(room: "lobby-\(scheme)-\(UInt16.random(in: 0...999))") { scene in
                let ada = try await furnished(scene)
                try await ada.tab.prefer(scheme)
                try await ada.tab.screenshot("wide-\(scheme)")
                let brightness = try await ada.tab.evaluate(Self.brightness).number ?? -1
                #expect(scheme == .dark ? brightness < 60 : brightness > 200)

                try await ada.tab.show(width: 390, height: 844, isPhone: true)
                try await ada.tab.waitForFrame()
                #expect(try await ada.tab.evaluate(BrowserTests.overflowing) == [])
                #expect(try await ada.isVisible("#message-box"))
                #expect(try await ada.isVisible("#send"))
                try await ada.tab.screenshot("narrow-\(scheme)")

                #expect(try await !ada.isVisible("#people"))
                try await ada.tab.click("#toggle")
                #expect(try await ada.isVisible("#members li"))
                #expect(try await ada.isVisible("#name"))
                #expect(try await ada.tab.evaluate(BrowserTests.overflowing) == [])
                try await ada.tab.screenshot("narrow-members-\(scheme)")
                try await ada.tab.press(.escape)
                #expect(try await !ada.isVisible("#people"))
                try await ada.sendByClick("from a phone")
                try await ada.waitForMessage("from a phone")
            }
        }

        @Test("a lost connection and a message under way are seen, wide and narrow")
        func lost() async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let ada = try await furnished(scene)
                try await scene.first.kill()
                try await ada.tab.wait("the loss is told", until: "document.getElementById('status').innerText !== ''")
                try await ada.sendByEnter("Is anybody there?")
                try await ada.tab.screenshot("lost-wide")
                try await ada.tab.show(width: 390, height: 844, isPhone: true)
                try await ada.tab.prefer(.dark)
                #expect(try await ada.tab.evaluate(BrowserTests.overflowing) == [])
                try await ada.tab.screenshot("lost-narrow-dark")
            }
        }

        /// A room with members, talk, a link, lines, and words without an end.
        private func furnished(_ scene: ChatScene) async throws -> ChatPage {
            try await scene.addGuest("Grace", saying: ["Morning! The second server is up.", "It shares one Redis."])
            try await scene.addGuest(
                "Edsger",
                saying: [
                    "The page is at https://chat.example/a/rather/long/path?with=a&query=that-goes-on#and-a-fragment",
                    "let room = Room(\"lobby\")\nroom.join()\nroom.leave()",
                ])
            try await scene.addGuest(
                "Barbara%20Liskov%20of%20the%20long%20long%20name", saying: ["Hej på er!", "مرحبا بالجميع"])
            try await scene.addGuest("W".padding(to: 40), saying: ["W".padding(to: 160)])
            let ada = try await scene.open(scene.first, name: "Ada")
            try await ada.sendByEnter("Good morning, everybody.")
            try await ada.waitForMessage("Good morning, everybody.")
            try await ada.sendByEnter(
                "I can read all of you from here, and this text is long enough to need a second line.")
            try await ada.tab.wait(
                "both", until: "document.querySelectorAll('.message.own').length === 2 && !pending.children.length")
            return ada
        }

        /// The page's ground, from 0 to 255.
        private static let brightness = """
            (() => {
              const context = document.createElement("canvas").getContext("2d");
              context.fillStyle = getComputedStyle(document.body).backgroundColor;
              context.fillRect(0, 0, 1, 1);
              const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
              return (red + green + blue) / 3;
            })()
            """
    }
}

extension String {
    fileprivate func padding(to count: Int) -> String { String(repeating: self, count: count) }
}

extension ChatPage {
    /// Whether an element is there to be seen, within the window.
    func isVisible(_ selector: String) async throws -> Bool {
        try await tab.evaluate(
            """
            ((element) => {
              if (!element?.checkVisibility({ visibilityProperty: true })) return false;
              const { left, top, right, bottom, width } = element.getBoundingClientRect();
              return width > 0 && left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
            })(document.querySelector(`\(selector)`))
            """
        ).bool == true
    }
}
