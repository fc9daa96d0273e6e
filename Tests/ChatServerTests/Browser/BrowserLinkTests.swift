import TestSupport
import Testing

extension BrowserTests {
    /// What a page does, and says, when it can't get in, or may have lost its link unawares.
    @Suite struct Link {
        private static let isLost = "document.documentElement.dataset.state === 'lost'"
        private static let isRefused = "document.documentElement.dataset.state === 'refused'"

        @Test("a stored name that the server refuses keeps nobody out: it is told, and another is given")
        func badName() async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let ada = try await scene.show(scene.first)
                try await ada.waitUntilJoined()
                // Kept by a page whose check knew less.
                try await ada.tab.evaluate(
                    "sessionStorage.clear(); localStorage.setItem(`chat.name ws://${location.host}`, 'A\\u202ad\\u202da')"
                )
                try await ada.tab.reload()
                try await ada.waitUntilJoined()
                #expect(
                    try await ada.tab.evaluate("document.getElementById('name-error').innerText").string?
                        .contains("does not accept the name") == true)
                try await ada.sendByEnter("in all the same")
                try await ada.waitForMessage("in all the same")
                try await ada.tab.screenshot("name-refused")
                try await ada.tab.evaluate("sessionStorage.clear()")
                let before = ada.tab.openedWebSockets.count
                try await ada.tab.reload()
                try await ada.waitUntilJoined()
                #expect(ada.tab.openedWebSockets.count == before + 1, "it is not tried again")
            }
        }

        @Test("a room that can't be: what was written stays, and there is a way out")
        func badRoom() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.show(scene.first, at: scene.first.page(room: "no%20room!"))
                try await ada.tab.wait("it is told", until: Self.isRefused)
                try await ada.sendByEnter("what I wrote")
                #expect(try await ada.tab.evaluate("document.getElementById('message-box').value") == "what I wrote")
                #expect(try await ada.tab.evaluate("document.getElementById('send').disabled") == true)
                #expect(try await ada.status.contains("not the name of a room"))
                #expect(ada.tab.openedWebSockets == [])
                try await ada.tab.screenshot("bad-room")
                try await ada.tab.follow("#lobby")
                try await ada.waitUntilJoined()
                #expect(try await ada.tab.evaluate("document.getElementById('message-box').value") == "what I wrote")
                #expect(try await ada.tab.evaluate("document.getElementById('room').innerText") == "lobby")
            }
        }

        @Test("a clock that is set back by an hour while the link is lost delays nothing")
        func clock() async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.tab.evaluate("{ const now = Date.now; Date.now = () => now() - 3_600_000; }")
                try await scene.first.kill()
                try await ada.tab.wait("the loss is told", until: Self.isLost)
                try await scene.first.start()
                try await ada.waitUntilJoined()
                try await ada.sendByEnter("an hour ago")
                try await ada.waitForMessage("an hour ago")
            }
        }

        @Test("without its server from the start, nothing is called lost")
        func neverThere() async throws {
            try await ChatScene.play(losesConnections: true, flags: ["--origins", "*"]) { scene in
                try await scene.first.kill()
                let page = scene.second.page(room: scene.room) + "&server=ws://127.0.0.1:\(scene.first.port)"
                let ada = try await scene.show(scene.second, at: page, ignoringPolicy: true)
                try await ada.tab.wait("it is told", until: "document.getElementById('countdown').innerText !== ''")
                #expect(try await ada.status == "Can’t reach the server.")
                #expect(try await ada.isVisible("#retry"))
                #expect(
                    try await ada.tab.evaluate("document.getElementById('server').innerText")
                        == .string("on 127.0.0.1:\(scene.first.port)"))
                try await ada.tab.screenshot("unreachable")
                try await scene.first.start()
                try await ada.waitUntilJoined()
                try await ada.rename("Ada")
                #expect(try await ada.tab.evaluate("localStorage.getItem('chat.name')") == .null)
                // What is kept for one server is not told to another.
                try await ada.tab.navigate(to: scene.second.page(room: scene.room))
                try await ada.waitUntilJoined()
                #expect(ada.tab.openedWebSockets.last?.contains("name=") == false)
            }
        }

        @Test("a server that does not take the page's origin is said to answer, and to let nobody in from here")
        func origin() async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let page = scene.second.page(room: scene.room) + "&server=ws://127.0.0.1:\(scene.first.port)"
                let ada = try await scene.show(scene.second, at: page, ignoringPolicy: true)
                try await ada.tab.wait(
                    "it is told", until: "document.getElementById('status').innerText.includes('--origins')")
                #expect(try await ada.status.contains("http://127.0.0.1:\(scene.second.port)"))
                try await ada.tab.screenshot("origin")
                try await scene.closeTab(of: ada)
            }
        }

        @Test("a page whose own origin the server refuses says so, with what to do, and does not try for ever")
        func ownOrigin() async throws {
            try await ChatScene.play(losesConnections: true, flags: ["--origins", "https://chat.example"]) { scene in
                let ada = try await scene.show(scene.first)
                try await ada.tab.wait("it is told", until: Self.isRefused)
                let origin = "http://127.0.0.1:\(scene.first.port)"
                #expect(try await ada.status.contains("does not accept pages from \(origin)"))
                #expect(try await ada.status.contains("--origins"))
                #expect(try await ada.isVisible("#retry"))
                try await ada.tab.screenshot("own-origin")
                let count = ada.tab.openedWebSockets.count
                try await ada.tab.click("#retry")
                try await ada.tab.wait("it was tried again", until: Self.isRefused)
                #expect(ada.tab.openedWebSockets.count == count + 1)
            }
        }

        @Test("`offline` and `online` are acted on at once, and so is waking up: a dead link is seen within seconds")
        func network() async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                for event in ["'offline'", "'pageshow'", "'focus'"] {
                    scene.first.freeze()
                    try await ada.tab.evaluate("dispatchEvent(new Event(\(event)))")
                    try await ada.tab.wait("\(event) shows it", within: .seconds(5), until: Self.isLost)
                    scene.first.thaw()
                    try await ada.tab.evaluate("dispatchEvent(new Event('online'))")
                    try await ada.tab.wait(
                        "it is back at once", within: .seconds(5),
                        until: "document.documentElement.dataset.state === 'joined'")
                }
                // A link that lives is left alone.
                let count = ada.tab.openedWebSockets.count
                for event in ["offline", "online", "pageshow"] {
                    try await ada.tab.evaluate("dispatchEvent(new Event('\(event)'))")
                }
                try await ada.sendByEnter("still here")
                try await ada.waitForMessage("still here")
                #expect(ada.tab.openedWebSockets.count == count)
            }
        }

        @Test("a server that the page's policy forbids is not tried for ever, and never learns the own server's name")
        func policy() async throws {
            try await ChatScene.play { scene in
                let other = "ws://localhost:\(scene.second.port)"
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.tab.navigate(to: scene.first.page(room: scene.room) + "&server=\(other)")
                try await ada.tab.wait("it is told", until: Self.isRefused)
                #expect(try await ada.status.contains("policy"))
                #expect(try await ada.isVisible("#server"))
                #expect(
                    try await ada.tab.evaluate("document.getElementById('server').innerText").string?
                        .contains("localhost:\(scene.second.port)") == true)
                try await ada.tab.screenshot("policy")
                let asked = ada.tab.openedWebSockets.filter { $0.contains("localhost") }
                #expect(!asked.contains { $0.contains("name=") })
                // The browser says what the policy forbade; that is what this test is about.
                try await scene.closeTab(of: ada)
            }
        }
    }
}
