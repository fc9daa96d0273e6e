import TestSupport
import Testing
import WebSocket

extension BrowserTests {
    /// What becomes of a message when something fails between Enter and the log.
    @Suite struct Sending {
        private static let pending =
            "[...document.querySelectorAll('#pending .message')].map((row) => row.innerText.replaceAll('\\n', ' '))"
        private static let error = "document.getElementById('error').innerText"

        private func durableRedis() async throws -> RedisServer {
            try await RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
        }

        @Test("what Redis did not answer is not called lost: it is repeated by itself, once and in order")
        func unavailable() async throws {
            let redis = try await durableRedis()
            try await ChatScene.play(redis: redis, losesConnections: true) { scene in
                let (ada, grace) = try await scene.openBoth()
                try await redis.kill()
                try await ada.sendByEnter("one")
                try await ada.sendByEnter("two")
                try await ada.tab.wait(
                    "it is told that nothing is known", until: "document.querySelector('#pending .unknown')")
                let seen = try await ada.tab.evaluate(Self.pending).strings.joined(separator: "|")
                #expect(seen.contains("one not confirmed yet…") && seen.contains("two waiting…"), "\(seen)")
                #expect(try await ada.tab.evaluate("document.querySelectorAll('#pending button').length") == 0)
                #expect(try await ada.tab.evaluate(Self.error) == "")
                try await ada.tab.screenshot("unknown")
                try await redis.start()
                try await grace.waitForMessage("two", within: .seconds(60))
                try await ada.waitForMessage("two", within: .seconds(60))
                try await ada.tab.wait("nothing is left", until: "!document.querySelector('#pending *')")
                for page in [ada, grace] { #expect(try await page.texts == ["one", "two"]) }
                #expect(try await ada.tab.evaluate(Self.error) == "")
            }
        }

        @Test("Enter before the first welcome: the text waits where it is seen, and is sent after the join")
        func early() async throws {
            let redis = try await durableRedis()
            try await ChatScene.play(redis: redis) { scene in
                try redis.freeze()
                let ada = try await scene.show(scene.first)
                try await ada.sendByEnter("early bird")
                try await ada.sendByEnter("and its second word")
                let seen = try await ada.tab.evaluate(Self.pending).strings
                #expect(seen.count == 2 && seen.allSatisfy { $0.contains("waiting…") }, "\(seen)")
                try await ada.tab.screenshot("waiting")
                try redis.thaw()
                try await ada.waitForMessage("and its second word")
                #expect(try await ada.texts == ["early bird", "and its second word"])
            }
        }

        @Test("a reload keeps what is under way, what waits and what is being written")
        func reload() async throws {
            let redis = try await durableRedis()
            try await ChatScene.play(redis: redis, losesConnections: true) { scene in
                let (ada, grace) = try await scene.openBoth()
                try redis.freeze()
                for text in ["under way", "waiting", "waiting too"] { try await ada.sendByEnter(text) }
                try await ada.tab.type("a draft")
                try await ada.tab.reload()
                let seen = try await ada.tab.evaluate(Self.pending).strings
                #expect(seen.count == 3, "\(seen)")
                #expect(try await ada.tab.evaluate("document.getElementById('message-box').value") == "a draft")
                try redis.thaw()
                try await grace.waitForMessage("waiting too", within: .seconds(60))
                try await ada.waitForMessage("waiting too", within: .seconds(60))
                for page in [ada, grace] { #expect(try await page.texts == ["under way", "waiting", "waiting too"]) }
                try await ada.tab.wait("nothing is left", until: "!document.querySelector('#pending *')")
                try await ada.tab.click("#message-box")
                try await ada.tab.press(.enter)
                try await grace.waitForMessage("a draft")
                try await ada.tab.reload()
                try await ada.waitUntilJoined()
                #expect(try await ada.tab.evaluate("document.getElementById('message-box').value") == "")
                #expect(try await ada.tab.evaluate(Self.pending).strings == [])
            }
        }

        @Test("what was written during an outage is sent by itself, in order, as fast as the server lets it")
        func queue() async throws {
            try await ChatScene.play(losesConnections: true, flags: ["--rate", "10"]) { scene in
                let (ada, grace) = try await scene.openBoth()
                try await scene.first.kill()
                try await ada.tab.wait("the loss is told", until: "document.documentElement.dataset.state === 'lost'")
                let texts = (1...45).map { "\($0)" }
                try await ada.tab.click("#message-box")
                for text in texts {
                    try await ada.tab.type(text)
                    try await ada.tab.press(.enter)
                }
                let words = try await ada.tab.evaluate(Self.pending).strings
                #expect(words.count == 45 && words.allSatisfy { $0.contains("waiting…") })
                #expect(!words.contains { $0.contains("sending…") })
                try await scene.first.start()
                try await grace.waitForMessage("45", within: .seconds(60))
                try await ada.waitForMessage("45", within: .seconds(60))
                for page in [ada, grace] { #expect(try await page.texts == texts) }
                #expect(try await ada.tab.evaluate("document.querySelectorAll('.failed, #pending *').length") == 0)
            }
        }

        @Test("through freezes, kills and reloads, each message is kept once, and in the order in which it was written")
        func faults() async throws {
            let redis = try await durableRedis()
            try await ChatScene.play(redis: redis, losesConnections: true) { scene in
                let (ada, grace) = try await scene.openBoth()
                var texts: [String] = []
                func write(_ count: Int) async throws {
                    for _ in 0..<count {
                        texts.append("message \(texts.count + 1)")
                        try await ada.sendByEnter(texts.last ?? "")
                    }
                }
                try await write(2)
                try redis.freeze()
                try await write(2)
                try await ada.tab.wait(
                    "a refusal", within: .seconds(30), until: "document.querySelector('#pending .unknown')")
                try await write(1)
                try await ada.tab.reload()
                try await write(1)
                try redis.thaw()
                try await write(1)
                scene.first.freeze()
                try await write(2)
                try await scene.first.kill()
                try await write(1)
                try await scene.first.start()
                try await ada.waitUntilJoined()
                scene.first.freeze()
                try await write(1)
                try await ada.tab.evaluate("dispatchEvent(new Event('offline'))")
                try await ada.tab.wait("the loss is told", until: "document.documentElement.dataset.state !== 'joined'")
                try await write(1)
                scene.first.thaw()
                try await redis.kill()
                try await write(2)
                try await redis.start()
                try await write(1)
                try await grace.waitForMessage(texts.last ?? "", within: .seconds(60))
                try await ada.tab.wait(
                    "nothing is left", within: .seconds(60), until: "!document.querySelector('#pending *')")
                for page in [ada, grace] { #expect(try await page.texts == texts) }
            }
        }

        @Test("only what the server has refused is called not sent, and may be edited")
        func refused() async throws {
            try await ChatScene.play(flags: ["--max-text", "20"]) { scene in
                // The page is told of the limit, and keeps it; here it believes in another.
                let ada = try await scene.show(
                    scene.first,
                    before: """
                        const parse = JSON.parse;
                        JSON.parse = (text) => parse(text, (key, value) => (key === "limits" ? {} : value));
                        """)
                try await ada.waitUntilJoined()
                try await ada.sendByEnter("this is longer than twenty bytes")
                try await ada.sendByEnter("short")
                try await ada.waitForMessage("short")
                let seen = try await ada.tab.evaluate(Self.pending).strings.first ?? ""
                #expect(seen.contains("Not sent.") && seen.contains("20 bytes"), "\(seen)")
                #expect(try await ada.tab.evaluate(Self.error) == "A message was not sent.")
                let tops =
                    "new Set([...document.querySelectorAll('.failure button')].map((button) => button.offsetTop)).size"
                #expect(try await ada.tab.evaluate(tops) == 1, "Retry and Edit stand in one line")
                try await ada.tab.screenshot("not-sent")
                try await ada.tab.click("#pending .failure button:last-child")
                #expect(try await ada.tab.evaluate(Self.error) == "")
                try await ada.tab.selectAll()
                try await ada.tab.type("shorter")
                try await ada.tab.press(.enter)
                try await ada.waitForMessage("shorter")
                #expect(try await ada.texts == ["short", "shorter"])
            }
        }

        @Test("a message for which the server ends the link is refused, instead of ending the next one too")
        func tooBig() async throws {
            try await ChatScene.play(losesConnections: true, flags: ["--max-message", "300"]) { scene in
                let ada = try await scene.show(
                    scene.first,
                    before: """
                        const parse = JSON.parse;
                        JSON.parse = (text) => parse(text, (key, value) => (key === "limits" ? {} : value));
                        """)
                try await ada.waitUntilJoined()
                try await ada.sendByEnter(String(repeating: "x", count: 400))
                try await ada.tab.wait("it is refused", until: "document.querySelector('#pending .failed')")
                #expect(try await ada.tab.evaluate(Self.pending).strings.first?.contains("too long") == true)
                try await ada.waitUntilJoined()
                try await ada.sendByEnter("short")
                try await ada.waitForMessage("short")
            }
        }

        @Test("a tab that was taken over says so, and says `sending…` of nothing; used again, it sends what waited")
        func takenOver() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                let key = "Object.keys(sessionStorage).find((key) => key.startsWith('chat.token'))"
                let token = try await ada.tab.evaluate("sessionStorage.getItem(\(key))").string ?? ""
                let address = scene.first.webSocket(room: scene.room, name: "Ada") + "&token=\(token)"
                let other = try await WebSocketClient.connect(to: address, on: TestLoops.next())
                try await ada.tab.wait("it is told", until: "document.documentElement.dataset.state === 'closed'")
                try await ada.sendByEnter("typed in the closed tab")
                let seen = try await ada.tab.evaluate(Self.pending).strings
                #expect(seen.count == 1 && !seen[0].contains("sending…"), "\(seen)")
                try await ada.tab.screenshot("taken-over")
                try await ada.tab.click("#retry")
                try await ada.waitForMessage("typed in the closed tab")
                #expect(try await ada.status == "")
                await other.abort()
            }
        }

        @Test("a server that starts anew with nothing: the page says that earlier messages are gone")
        func embedded() async throws {
            try await ChatScene.play(losesConnections: true, isEmbedded: true) { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.sendByEnter("soon forgotten")
                try await ada.waitForMessage("soon forgotten")
                scene.first.freeze()
                try await ada.sendByEnter("under way")
                try await scene.first.kill()
                try await ada.tab.wait("the loss is told", until: "document.documentElement.dataset.state === 'lost'")
                try await ada.sendByEnter("written meanwhile")
                try await scene.first.start()
                try await ada.waitForMessage("written meanwhile")
                #expect(try await ada.texts == ["under way", "written meanwhile"])
                for place in ["error", "top"] {
                    let words = try await ada.tab.evaluate("document.getElementById('\(place)').innerText").string
                    #expect(words?.contains("Earlier messages are gone") == true, "\(place): \(words ?? "")")
                }
                try await ada.tab.screenshot("history-lost")
            }
        }
    }
}
