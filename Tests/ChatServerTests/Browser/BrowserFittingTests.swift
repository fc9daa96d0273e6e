import TestSupport
import Testing

extension BrowserTests {
    /// Phones and large letters: the page fits what it is shown on.
    @Suite struct Fitting {
        @Test("on a phone Enter starts a new line, the button sends, and one's own name is seen")
        func phone() async throws {
            try await ChatScene.play { scene in
                let (ada, grace) = try await scene.openBoth()
                try await ada.tab.show(width: 390, height: 844, isPhone: true)
                let hint = "document.getElementById('message-box').enterKeyHint"
                try await ada.tab.wait("Enter is named", until: "\(hint) === 'enter'")
                #expect(try await ada.isVisible("#me"))
                #expect(try await ada.tab.evaluate("document.getElementById('me').innerText") == "You are Ada")
                try await ada.sendByEnter("one")
                try await ada.sendByClick("two")
                try await grace.waitForMessage("one\ntwo")
                try await ada.tab.show(width: 1_280, height: 800)
                try await ada.tab.wait("Enter sends", until: "\(hint) === 'send'")
                try await ada.sendByEnter("at a desk")
                try await grace.waitForMessage("at a desk")
            }
        }

        @Test(
            "a phone on its side with its keyboard open shows at least 80 pixels of the log, a loss included",
            arguments: [(667, 190), (740, 180), (568, 170)])
        func landscape(width: Int, height: Int) async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.tab.show(width: width, height: height, isPhone: true)
                try await ada.tab.waitForFrame()
                #expect(try await ada.tab.evaluate("messages.clientHeight").number ?? 0 >= 80)
                #expect(try await ada.isVisible("#room"))
                #expect(try await ada.isVisible("#send"))
                try await scene.first.kill()
                try await ada.tab.wait("the loss is told", until: "document.getElementById('status').innerText !== ''")
                #expect(try await ada.tab.evaluate("messages.clientHeight").number ?? 0 >= 48)
                try await ada.tab.screenshot("landscape-\(width)")
            }
        }

        @Test("with letters twice as large the room's name is seen, nothing is cut off, and the log is readable")
        func largeLetters() async throws {
            try await ChatScene.play { scene in
                try await scene.addGuest("Grace", saying: (1...40).map { "Line \($0)" })
                let ada = try await scene.open(scene.first, name: "Ada")
                for width in [320, 390, 768] {
                    try await ada.tab.show(width: width, height: 640)
                    try await ada.tab.evaluate("document.documentElement.style.fontSize = '200%'")
                    try await ada.tab.waitForFrame()
                    #expect(try await ada.tab.evaluate("room.getBoundingClientRect().width").number ?? 0 > 60)
                    #expect(try await ada.isVisible("h1"))
                    #expect(try await ada.tab.evaluate(BrowserTests.overflowing) == [])
                    #expect(try await ada.tab.evaluate("messages.clientHeight").number ?? 0 >= 80)
                    let atEnd = "messages.scrollHeight - messages.scrollTop - messages.clientHeight < 2"
                    try await ada.tab.wait("the log stays at its end", until: atEnd)
                    try await ada.tab.screenshot("large-letters-\(width)")
                    try await ada.tab.evaluate("document.documentElement.style.fontSize = ''")
                }
            }
        }

        @Test("whoever follows the talk still does when the window is turned")
        func turning() async throws {
            try await ChatScene.play { scene in
                try await scene.addGuest(
                    "Grace", saying: (1...50).map { "Line \($0) is long enough for two lines of a phone" })
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.sendByEnter("and mine")
                try await ada.waitForMessage("and mine")
                let atEnd = "messages.scrollHeight - messages.scrollTop - messages.clientHeight < 2"
                for (width, height) in [(390, 844), (844, 220), (320, 640), (667, 190), (1_280, 800)] {
                    try await ada.tab.show(width: width, height: height, isPhone: width < 1_000)
                    try await ada.tab.waitForFrame()
                    try await ada.tab.wait("the end is in sight at \(width) x \(height)", until: atEnd)
                    #expect(try await ada.tab.evaluate("document.getElementById('newer').hidden") == true)
                }
            }
        }

        @Test("where a browser can't let the box grow by itself, the page does")
        func growingByScript() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.show(
                    scene.first,
                    before: """
                        const supports = CSS.supports.bind(CSS);
                        CSS.supports = (name, ...rest) => name !== "field-sizing" && supports(name, ...rest);
                        """)
                try await ada.waitUntilJoined()
                let height = "document.getElementById('message-box').getBoundingClientRect().height"
                try await ada.tab.evaluate("document.getElementById('message-box').style.fieldSizing = 'fixed'")
                let empty = try await ada.tab.evaluate(height).number ?? 0
                try await ada.tab.click("#message-box")
                for _ in 0..<3 { try await ada.tab.press(.enter, shift: true) }
                try await ada.tab.type(String(repeating: "words ", count: 20))
                let desk = try await ada.tab.evaluate(height).number ?? 0
                #expect(desk > empty + 50)
                try await ada.tab.show(width: 320, height: 800)
                try await ada.tab.waitForFrame()
                #expect(try await ada.tab.evaluate(height).number ?? 0 > desk)
                try await ada.tab.show(width: 1_280, height: 800)
                try await ada.tab.press(.enter)
                try await ada.tab.wait("it is sent", until: "document.querySelector('#rows .message')")
                #expect(try await ada.tab.evaluate(height).number == empty)
            }
        }
    }
}
