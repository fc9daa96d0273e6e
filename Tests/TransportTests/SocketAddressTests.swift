import Testing
import Transport

@Suite("Socket addresses")
struct SocketAddressTests {
    @Test(
        "those of the loopback are told from those that others can reach",
        arguments: [
            ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", false),
            ("::", false), ("128.0.0.1", false), ("126.255.255.255", false), ("10.127.0.1", false), ("::2", false),
            ("::ffff:128.0.0.1", false), ("::127.0.0.1", false), ("fe80::1", false), ("1::1", false),
            ("1::ffff:127.0.0.1", false),
        ])
    func loopback(_ host: String, _ isLoopback: Bool) throws {
        #expect(try #require(SocketAddress(numericHost: host, port: 1)).isLoopback == isLoopback)
    }
}
