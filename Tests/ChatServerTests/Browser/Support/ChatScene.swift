import Foundation
import TestSupport
import Testing
import WebSocket

/// Two servers on one Redis, and a room that nobody else uses.
final class ChatScene: Sendable {
    let redis: RedisServer
    let first: ChatServerProcess
    let second: ChatServerProcess
    let room: String
    private let browser: any Browser
    private let pages = Guarded([ChatPage]())
    private let guests = Guarded([WebSocketClient]())

    private init(
        _ browser: any Browser, redis: RedisServer, room: String, isEmbedded: Bool, flags: [String]
    ) async throws {
        self.browser = browser
        self.room = room
        self.redis = redis
        async let first = ChatServerProcess(redis: isEmbedded ? nil : redis, flags: flags)
        async let second = ChatServerProcess(redis: redis)
        (self.first, self.second) = (try await first, try await second)
    }

    /// Sets the scene, lets `body` play, and takes everything down.
    ///
    /// At the end no page may have had an error: in its console, of its policy, or in what it asked for.
    /// - Parameters:
    ///   - browser: nil: the suite's Chromium.
    ///   - redis: one of its own, for tests that kill it.
    ///   - losesConnections: servers go away, and browsers write that into the console.
    ///   - isEmbedded: the first server has a store of its own.
    ///   - flags: of the first server.
    static func play(
        in browser: (any Browser)? = nil, redis: RedisServer? = nil, room: String? = nil,
        losesConnections: Bool = false, isEmbedded: Bool = false, flags: [String] = [],
        _ body: (ChatScene) async throws -> Void
    ) async throws {
        guard let browser = browser ?? ChromiumBrowser.current else { throw TestFailure("the suite has no browser") }
        // Short enough to be read in pictures.
        let room = room ?? "room-\(UUID().uuidString.prefix(8).lowercased())"
        let shared = try await RedisServer.shared
        let scene = try await ChatScene(
            browser, redis: redis ?? shared, room: room, isEmbedded: isEmbedded, flags: flags)
        do {
            try await body(scene)
        } catch {
            for (index, page) in scene.openPages.enumerated() {
                try? await page.tab.screenshot("failed-\(scene.room)-\(index)")
            }
            try? await scene.end()
            throw error
        }
        for page in scene.openPages {
            #expect(losesConnections ? page.tab.troublesButLostConnections == [] : page.tab.troubles == [])
        }
        try await scene.end()
    }

    private var openPages: [ChatPage] { pages.withLock { $0 } }

    private func end() async throws {
        for page in openPages { try await closeTab(of: page) }
        for guest in guests.withLock({ $0 }) { await guest.abort() }
        try await first.kill()
        try await second.kill()
    }

    // MARK: Who is there

    /// Opens the page in a tab of its own.
    /// - Parameters:
    ///   - address: nil: the room's on `server`.
    ///   - script: runs in each of the tab's pages before the page's own.
    ///   - isIgnoringPolicy: as a page that comes without a Content-Security-Policy.
    func show(
        _ server: ChatServerProcess, at address: String? = nil, before script: String? = nil,
        ignoringPolicy isIgnoringPolicy: Bool = false
    ) async throws -> ChatPage {
        let page = ChatPage(tab: try await browser.openTab())
        pages.withLock { $0.append(page) }
        if isIgnoringPolicy { try await page.tab.call("Page.setBypassCSP", ["enabled": true]) }
        if let script {
            try await page.tab.call("Page.addScriptToEvaluateOnNewDocument", ["source": .string(script)])
        }
        try await page.tab.navigate(to: address ?? server.page(room: room))
        return page
    }

    /// Opens the page in a tab of its own, and joins.
    /// - Parameter name: typed as its user would; nil: the one that the server gives.
    func open(_ server: ChatServerProcess, name: String? = nil) async throws -> ChatPage {
        let page = try await show(server)
        try await page.waitUntilJoined()
        if let name { try await page.rename(name) }
        return page
    }

    /// A tab on each server, its user being Ada on the first, and Grace on the second.
    func openBoth() async throws -> (ada: ChatPage, grace: ChatPage) {
        let ada = try await open(first, name: "Ada")
        let grace = try await open(second, name: "Grace")
        for page in [ada, grace] { try await page.waitForMembers(["Ada", "Grace"]) }
        return (ada, grace)
    }

    /// Closes the tab, as its user would.
    func leave(_ page: ChatPage) async throws {
        #expect(page.tab.troubles == [])
        try await closeTab(of: page)
    }

    /// Closes the tab, whatever troubles it had.
    func closeTab(of page: ChatPage) async throws {
        pages.withLock { pages in pages.removeAll { $0.tab === page.tab } }
        try await page.tab.close()
    }

    /// A member without a page, who stays until the end and says something first.
    /// - Parameter limit: for each thing that it waits for.
    func addGuest(
        _ name: String, saying texts: [String] = [], on server: ChatServerProcess? = nil,
        within limit: Duration = .seconds(20)
    ) async throws {
        let address = (server ?? second).webSocket(room: room, name: name)
        let guest = try await WebSocketClient.connect(to: address, on: TestLoops.next())
        guests.withLock { $0.append(guest) }
        var missing = 0
        var hasJoined = false
        var rest = texts.enumerated().map { $0 }[...]
        while missing > 0 || !hasJoined || !rest.isEmpty {
            // In portions: what waits too long for its turn is refused.
            if missing == 0 {
                for (index, text) in rest.prefix(100) {
                    let send: DevToolsValue = [
                        "topic": "send", "data": ["message": .string(text), "id": .string("seed-\(index)")],
                    ]
                    await guest.send(try send.encoded)
                }
                missing = min(rest.count, 100)
                rest = rest.dropFirst(100)
            }
            let event = try await within(limit, "\(name) is heard") {
                if case .text(let text) = try await guest.receive() {
                    try DevToolsValue(text)
                } else {
                    DevToolsValue.null
                }
            }
            if event.topic == "error" { throw TestFailure("\(name) is refused: \(event)") }
            if event.topic == "member_add" { hasJoined = true }
            if event.topic == "ack" { missing -= 1 }
        }
    }
}
