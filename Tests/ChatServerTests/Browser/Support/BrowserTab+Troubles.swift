import TestSupport

/// What went wrong in a page and its user doesn't see.
extension BrowserTab {
    /// Errors of the console, exceptions, what the policy forbade, and requests that failed; in words.
    var troubles: [String] { driver.troubles }

    /// The browser says so whenever a server isn't there, or refuses; a page can't prevent that.
    var troublesButLostConnections: [String] {
        troubles.filter { !$0.contains("WebSocket connection to 'ws://127.0.0.1") && !$0.contains("/ws?") }
    }
}

/// What the page asks for and sends, which Chromium alone tells.
extension BrowserTab {
    var events: Recorder<DevToolsConnection.Event> {
        guard let tab = try? chromium else { preconditionFailure("only Chromium tells what a page asks for") }
        return tab.events
    }

    /// The texts of all frames that the page's WebSockets have sent.
    var sentFrames: [String] {
        events.events.filter { $0.method == "Network.webSocketFrameSent" }.compactMap {
            $0.parameters.response.payloadData.string
        }
    }

    /// The addresses of all WebSockets that the page has opened.
    var openedWebSockets: [String] {
        events.events.filter { $0.method == "Network.webSocketCreated" }.compactMap { $0.parameters.url.string }
    }

    /// The bytes of all answers by HTTP, as they came over the wire; what a cache had counts nothing.
    /// - Parameter start: how many events to leave out.
    func bytesReceived(since start: Int = 0) async throws -> Int {
        try await waitForFrame()
        return events.events.dropFirst(start).reduce(0) { sum, event in
            guard event.method == "Network.loadingFinished" else { return sum }
            return sum + Int(event.parameters.encodedDataLength.number ?? 0)
        }
    }
}
