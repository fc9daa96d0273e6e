import TestSupport
import Testing

extension BrowserTests {
    @Suite struct Chat {
        @Test("two tabs on two servers see both messages in one order, with names and times, and a renaming")
        func talking() async throws {
            try await ChatScene.play { scene in
                let (ada, grace) = try await scene.openBoth()
                try await ada.sendByEnter("Hello from the first server")
                try await grace.waitForMessage("Hello from the first server")
                try await grace.sendByClick("And from the second")
                try await ada.waitForMessage("And from the second")
                try await grace.waitForMessage("And from the second")
                let seen = try await ada.messages
                #expect(seen.map(\.name) == ["Ada", "Grace"])
                #expect(seen.map(\.text) == ["Hello from the first server", "And from the second"])
                #expect(seen.map(\.seq) == [1, 2])
                #expect(seen.allSatisfy { $0.time.contains(":") && $0.date.hasSuffix("Z") })
                #expect(try await grace.messages == seen)
                #expect(try await ada.tab.evaluate("document.querySelectorAll('#pending > *').length") == 0)

                try await grace.rename("Grace Hopper")
                try await ada.waitForMembers(["Ada", "Grace Hopper"])
                try await grace.sendByEnter("A new name")
                try await ada.waitForMessage("A new name")
                #expect(try await ada.messages.last?.name == "Grace Hopper")
                #expect(ada.tab.openedWebSockets.allSatisfy { $0.contains(":\(scene.first.port)/") })
                #expect(grace.tab.openedWebSockets.allSatisfy { $0.contains(":\(scene.second.port)/") })
            }
        }

        @Test("messages sent at the same time on both servers are seen in one order")
        func order() async throws {
            try await ChatScene.play { scene in
                let (ada, grace) = try await scene.openBoth()
                async let first: Void = say("a", by: ada)
                async let second: Void = say("g", by: grace)
                _ = try await (first, second)
                for page in [ada, grace] {
                    try await page.tab.wait(
                        "all messages", until: "document.querySelectorAll('#rows .message').length === 20")
                }
                let seen = try await ada.messages
                #expect(seen.map(\.seq) == Array(1...20))
                #expect(try await grace.messages == seen)
                #expect(seen.map(\.text).filter { $0.hasPrefix("a") } == (1...10).map { "a\($0)" })
                #expect(seen.map(\.text).filter { $0.hasPrefix("g") } == (1...10).map { "g\($0)" })
            }
        }

        private func say(_ word: String, by page: ChatPage) async throws {
            for number in 1...10 { try await page.sendByEnter("\(word)\(number)") }
        }

        @Test("markup in names and texts is shown as text")
        func markup() async throws {
            try await ChatScene.play { scene in
                let (ada, grace) = try await scene.openBoth()
                let name = "<img src=x onerror=hacked=1><b>Eve</b>"
                let text = "<script>window.hacked = 1</script><img src=/x onerror='hacked=1'>&amp;<b>bold</b>"
                try await ada.rename(name)
                try await ada.sendByEnter(text)
                for page in [ada, grace] {
                    try await page.waitForMessage(text)
                    try await page.waitForMembers([name, "Grace"])
                    #expect(try await page.messages.last?.name == name)
                    let foreign =
                        "document.querySelectorAll('.text *, .name *, script:not([src]), img:not(.avatar)').length"
                    #expect(try await page.tab.evaluate(foreign) == 0)
                    #expect(try await page.tab.evaluate("typeof hacked") == "undefined")
                }
            }
        }

        @Test("blank messages are not sent, by Enter or by Send")
        func blank() async throws {
            try await ChatScene.play { scene in
                let (ada, grace) = try await scene.openBoth()
                try await ada.sendByEnter("")
                try await ada.sendByEnter("   ")
                try await ada.tab.press(.enter, shift: true)
                try await ada.tab.press(.enter)
                try await ada.tab.click("#send")
                try await ada.tab.click("#message-box")
                try await ada.tab.selectAll()
                try await ada.tab.type("not blank")
                try await ada.tab.press(.enter)
                try await grace.waitForMessage("not blank")
                #expect(try await grace.texts == ["not blank"])
                #expect(ada.tab.sentFrames.filter { $0.contains(#""topic":"send""#) }.count == 1)
            }
        }

        @Test("Shift and Enter start a new line")
        func lines() async throws {
            try await ChatScene.play { scene in
                let (ada, grace) = try await scene.openBoth()
                try await ada.tab.click("#message-box")
                try await ada.tab.type("one")
                try await ada.tab.press(.enter, shift: true)
                try await ada.sendByEnter("two")
                try await grace.waitForMessage("one\ntwo")
            }
        }

        @Test("a member who closes the tab leaves the roster, and one who reloads joins again with the history")
        func leaving() async throws {
            try await ChatScene.play { scene in
                let (ada, grace) = try await scene.openBoth()
                try await ada.sendByEnter("before the reload")
                try await ada.waitForMessage("before the reload")
                try await ada.tab.reload()
                try await ada.waitUntilJoined()
                try await ada.waitForMessage("before the reload")
                for page in [ada, grace] { try await page.waitForMembers(["Ada", "Grace"]) }
                try await grace.sendByEnter("after the reload")
                try await ada.waitForMessage("after the reload")
                #expect(try await ada.texts == ["before the reload", "after the reload"])

                try await scene.leave(ada)
                try await grace.waitForMembers(["Grace"])
            }
        }

        @Test("older messages load on scrolling up, without moving what is read")
        func history() async throws {
            try await ChatScene.play { scene in
                let all = (1...150).map { "Message \($0)" }
                try await scene.addGuest("Seeder", saying: all)
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.waitForMessage("Message 150")
                #expect(try await ada.texts == Array(all.suffix(50)))
                let atEnd = "(log => log.scrollHeight - log.scrollTop - log.clientHeight)(messages) < 2"
                #expect(try await ada.tab.evaluate(atEnd) == true)

                let moved = try await ada.tab.evaluate(Self.scrollingUp).number
                #expect(abs(moved ?? .infinity) < 2)
                for _ in 0..<100 where try await ada.texts.count < 150 {
                    try await ada.tab.scrollUp(by: 600, over: "#messages")
                    try await ada.tab.waitForFrame()
                }
                try await ada.waitForMessage("Message 1")
                #expect(try await ada.texts == all)
                let top = "document.getElementById('top').textContent"
                #expect(try await ada.tab.evaluate(top).string?.contains("begins") == true)
            }
        }

        /// Scrolls near the top, and gives by how many pixels a row that is read moves when older ones are put in.
        private static let scrollingUp = """
            (async () => {
              const log = document.getElementById("messages");
              const frame = () => new Promise(requestAnimationFrame);
              log.scrollTop = 300;
              const row = [...document.querySelectorAll("#rows .message")]
                .find((row) => row.getBoundingClientRect().top > log.getBoundingClientRect().top);
              const before = row.getBoundingClientRect().top;
              const count = document.querySelectorAll("#rows .message").length;
              while (document.querySelectorAll("#rows .message").length === count) await frame();
              await frame();
              await frame();
              return row.getBoundingClientRect().top - before;
            })()
            """
    }
}
