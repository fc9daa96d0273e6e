import TestSupport
import Testing

extension BrowserTests {
    /// A test that sees no trouble proves nothing unless trouble would be seen.
    @Suite struct Support {
        @Test("errors, exceptions, missing files and what the policy forbids are all noticed")
        func troubles() async throws {
            try await ChatScene.play { scene in
                let page = try await scene.open(scene.first)
                #expect(page.tab.troubles == [])
                try await page.tab.evaluate(
                    """
                    console.error("an error of the console");
                    setTimeout(() => { throw new Error("an exception"); });
                    fetch("/missing");
                    document.body.append(Object.assign(document.createElement("img"), { src: "http://127.0.0.2/x.png" }));
                    document.body.append(Object.assign(document.createElement("script"), { text: "hacked = 1" }));
                    """)
                let expected = [
                    "console: an error of the console", "exception: Error: an exception", "response: 404",
                    "policy violation: img-src http://127.0.0.2/x.png", "policy violation: script-src-elem inline",
                ]
                try await eventually("all is noticed") {
                    let troubles = page.tab.troubles
                    return expected.allSatisfy { word in troubles.contains { $0.contains(word) } }
                }
                #expect(try await page.tab.evaluate("typeof hacked") == "undefined")
                try await scene.closeTab(of: page)
            }
        }

        @Test("a first visit is compressed, a second one moves almost nothing")
        func visits() async throws {
            try await ChatScene.play { scene in
                let page = try await scene.open(scene.first)
                let first = try await page.tab.bytesReceived()
                // The page, its styles and its scripts; twice as much as they are.
                #expect(first > 5_000 && first < 60_000, "\(first) bytes")
                let before = page.tab.events.events.count
                try await page.tab.navigate(to: scene.first.page(room: scene.room))
                try await page.waitUntilJoined()
                let second = try await page.tab.bytesReceived(since: before)
                #expect(second < 2_000, "\(second) bytes")
                let preloads = try await page.tab.evaluate(
                    "document.querySelectorAll('link[rel=modulepreload]').length")
                let scripts = try await page.tab.evaluate(
                    "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).length")
                #expect(preloads == scripts, "each module is preloaded, and none is loaded twice")
            }
        }

        @Test("the page's icon, style and scripts are all there")
        func files() async throws {
            try await ChatScene.play { scene in
                let page = try await scene.open(scene.first)
                let icon =
                    "fetch(document.querySelector('link[rel=icon]').href).then((answer) => answer.headers.get('content-type'))"
                #expect(try await page.tab.evaluate(icon) == "image/svg+xml")
                let answers = page.tab.events.events.filter { $0.method == "Network.responseReceived" }
                #expect(answers.count >= 5)
                #expect(answers.allSatisfy { $0.parameters.response.status == 200 })
            }
        }
    }
}
