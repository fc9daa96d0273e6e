import TestSupport
import Testing

extension BrowserTests {
    @Suite struct Loss {
        private static let isLost = "document.documentElement.dataset.state === 'lost'"

        @Test("a page whose server is killed says so, and reconnects by itself when it is back")
        func server() async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let (ada, grace) = try await scene.openBoth()
                try await ada.sendByEnter("before")
                try await grace.waitForMessage("before")
                try await scene.first.kill()
                try await ada.tab.wait("the loss is told", until: Self.isLost)
                try await ada.tab.wait("a status line", until: "document.getElementById('status').innerText !== ''")
                #expect(try await ada.isVisible("#status"))
                #expect(try await ada.isVisible("#retry"))
                try await ada.sendByEnter("while it was away")
                #expect(try await ada.tab.evaluate("pending.innerText").string?.contains("while it was away") == true)

                try await scene.first.start()
                try await ada.waitUntilJoined()
                try await grace.waitForMessage("while it was away")
                try await grace.sendByEnter("welcome back")
                for page in [ada, grace] { try await page.waitForMessage("welcome back") }
                #expect(try await ada.texts == ["before", "while it was away", "welcome back"])
                #expect(try await grace.texts == ["before", "while it was away", "welcome back"])
                #expect(try await ada.status == "")
                #expect(try await ada.tab.evaluate("pending.children.length") == 0)
            }
        }

        @Test("Retry connects at once")
        func retry() async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                try await scene.first.kill()
                try await ada.tab.wait("the loss is told", until: Self.isLost)
                try await scene.first.start()
                // It may have come back by itself just now; then there is nothing to click on.
                if try await ada.isVisible("#retry") { try? await ada.tab.click("#retry") }
                try await ada.waitUntilJoined()
                try await ada.sendByEnter("back again")
                try await ada.waitForMessage("back again")
            }
        }

        @Test("when Redis is killed and comes back, both pages chat on without a reload")
        func redis() async throws {
            let redis = try await RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
            try await ChatScene.play(redis: redis, losesConnections: true) { scene in
                let (ada, grace) = try await scene.openBoth()
                for page in [ada, grace] { try await page.tab.evaluate("window.notReloaded = true") }
                try await ada.sendByEnter("before")
                try await grace.waitForMessage("before")
                try await redis.kill()
                try await ada.sendByEnter("while Redis was away")
                try await redis.start()
                try await grace.waitForMessage("while Redis was away", within: .seconds(30))
                try await grace.sendByClick("and from the other side")
                for page in [ada, grace] {
                    try await page.waitForMessage("and from the other side")
                    #expect(try await page.texts == ["before", "while Redis was away", "and from the other side"])
                    #expect(try await page.tab.evaluate("window.notReloaded") == true)
                    #expect(page.tab.openedWebSockets.count == 1, "the servers kept their clients")
                    try await page.waitForMembers(["Ada", "Grace"])
                }
                #expect(scene.first.isRunning && scene.second.isRunning)
            }
        }
    }
}
