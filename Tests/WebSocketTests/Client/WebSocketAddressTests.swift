import Testing

@testable import WebSocket

@Suite("Addresses of WebSocket servers")
struct WebSocketAddressTests {
    @Test(
        "addresses are read in all their forms",
        arguments: [
            ("ws://127.0.0.1:3000/ws?room=a", WebSocketAddress(host: "127.0.0.1", port: 3000, target: "/ws?room=a")),
            ("WS://example.org", WebSocketAddress(host: "example.org", port: 80)),
            ("ws://[::1]:65535/", WebSocketAddress(host: "::1", port: 65535)),
            ("ws://h/\u{E9}?a b", WebSocketAddress(host: "h", port: 80, target: "/%C3%A9?a%20b")),
        ])
    func reads(text: String, address: WebSocketAddress) {
        #expect(WebSocketAddress(text) == address)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "ws://", "wss://h", "http://h", "h:80", "ws://h:0", "ws://h:65536", "ws://h#a", "ws://[:", "ws://[]",
            "ws://ho%20st", "ws://ho%00st", "ws://ho%0D%0Ast",
        ])
    func junk(text: String) {
        #expect(WebSocketAddress(text) == nil)
    }
}
