import TestSupport

/// The states in which a user may meet the page, in the order in which ``ChatScene/visitStates(_:)`` comes through them.
enum PageState: String, CaseIterable, Sendable {
    case joined, history, unread, nearLimit, tooLong, refusedName, renamed, members, lost, waiting, reconnected
    case takenOver, refusedRoom

    /// What is true of the page then.
    var condition: String {
        switch self {
        case .joined, .renamed, .reconnected:
            "document.documentElement.dataset.state === 'joined' && !document.querySelector('#status').innerText"
        case .history: "document.getElementById('top').innerText.includes('begins')"
        case .unread: "document.getElementById('newer').innerText.includes('new message')"
        case .nearLimit: "document.getElementById('counter').innerText.includes('left')"
        case .tooLong: "document.getElementById('message-box').getAttribute('aria-invalid') === 'true'"
        case .refusedName: "document.getElementById('name-error').textContent"
        case .members: "document.querySelector('#people.open')"
        case .lost:
            """
            ['lost', 'connecting'].includes(document.documentElement.dataset.state)
              && document.getElementById('status').innerText
            """
        case .waiting: "document.querySelectorAll('#pending .message').length === 1"
        case .takenOver: "document.getElementById('status').innerText.includes('another window')"
        case .refusedRoom: "document.getElementById('status').innerText && !document.querySelector('#rows .message')"
        }
    }
}

extension ChatScene {
    /// Leads one page through all states, as a user and the world would, and calls `body` in each.
    ///
    /// It is Ada's, on the first server. `body` may change the window's size; it is wide again afterwards.
    func visitStates(_ body: (ChatPage, PageState) async throws -> Void) async throws {
        let lines = (1...70).map { "Line \($0) of a talk that is long enough to be scrolled" }
        try await addGuest("Grace", saying: lines)
        let ada = try await open(first, name: "Ada")
        try await ada.waitForMessage(lines[69])
        func visit(_ state: PageState) async throws {
            try await ada.tab.wait("\(state)", within: .seconds(30), until: state.condition)
            try await body(ada, state)
            try await ada.tab.show(width: 1_280, height: 800)
        }
        try await visit(.joined)
        try await visitReading(ada, visit)
        try await visitWriting(ada, visit)
        try await visitLoss(ada, visit)
    }

    private func visitReading(_ ada: ChatPage, _ visit: (PageState) async throws -> Void) async throws {
        for _ in 0..<100 where try await ada.tab.evaluate("Boolean(\(PageState.history.condition))") != true {
            try await ada.tab.scrollUp(by: 800, over: "#messages")
            try await ada.tab.waitForFrame()
        }
        try await visit(.history)
        try await ada.tab.evaluate("document.getElementById('messages').scrollTop = 0")
        try await ada.tab.waitForFrame()
        try await addGuest("Edsger", saying: ["Are you still reading that?"])
        try await visit(.unread)
        try await ada.tab.click("#newer")
    }

    private func visitWriting(_ ada: ChatPage, _ visit: (PageState) async throws -> Void) async throws {
        for (state, length) in [(PageState.nearLimit, 8_000), (.tooLong, 8_200), (nil, 0)] {
            // Typed key by key it would take minutes.
            try await ada.tab.evaluate(
                """
                ((box) => {
                  box.value = "word ".repeat(\(length) / 5).trimEnd();
                  box.dispatchEvent(new Event("input", { bubbles: true }));
                })(document.getElementById("message-box"))
                """)
            if let state { try await visit(state) }
        }
        try await ada.tab.click("#name")
        try await ada.tab.selectAll()
        try await ada.tab.type(String(repeating: "x", count: 41))
        try await ada.tab.press(.enter)
        try await visit(.refusedName)
        try await ada.rename("Ada Lovelace")
        try await visit(.renamed)
        try await ada.tab.show(width: 390, height: 844)
        try await ada.tab.click("#toggle")
        try await visit(.members)
        try await ada.tab.press(.escape)
    }

    private func visitLoss(_ ada: ChatPage, _ visit: (PageState) async throws -> Void) async throws {
        try await first.kill()
        try await visit(.lost)
        try await ada.sendByEnter("Is anybody there?")
        try await visit(.waiting)
        try await first.start()
        try await ada.waitForMessage("Is anybody there?", within: .seconds(40))
        try await visit(.reconnected)
        try await takeOver(ada)
        try await visit(.takenOver)
        try await ada.tab.navigate(to: first.page(room: "not%20a%20room"))
        try await visit(.refusedRoom)
    }

    /// Another connection takes the place of this page's.
    func takeOver(_ page: ChatPage) async throws {
        let token = try await page.tab.evaluate(
            "sessionStorage.getItem(Object.keys(sessionStorage).find((key) => key.startsWith('chat.token')))")
        guard let token = token.string else { throw TestFailure("the page keeps no token") }
        try await addGuest("Ada&token=\(token)", on: first)
    }
}
