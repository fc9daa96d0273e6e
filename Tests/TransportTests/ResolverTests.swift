import TestSupport
import Testing

@testable import Transport

struct ResolverTests {
    @Test("a numeric host is its own address")
    func numeric() async throws {
        let four = try await Resolver.addresses(of: "127.0.0.1", port: 80)
        #expect(four.map(\.description) == ["127.0.0.1:80"] && four.first?.isIPv6 == false)
        let six = try await Resolver.addresses(of: "::1", port: 443)
        #expect(six.map(\.description) == ["[::1]:443"] && six.first?.isIPv6 == true)
    }

    @Test("localhost is this machine")
    func localhost() async throws {
        let addresses = try await within(.seconds(20), "localhost") {
            try await Resolver.addresses(of: "localhost", port: 6379)
        }
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { ["127.0.0.1", "::1"].contains($0.host) && $0.port == 6379 })
    }

    @Test("a name that can't be resolved is an error in words")
    func failure() async {
        let error = await #expect(throws: SystemError.self) {
            // RFC 2606 §2: no name ends in this.
            try await Resolver.addresses(of: "no-such-host.invalid", port: 1)
        }
        #expect(error?.operation == "getaddrinfo" && error?.description.isEmpty == false)
    }

    @Test("what is no numeric host is none", arguments: ["", "localhost", "127.0.0", "1.2.3.4.5", "[::1]", "::g"])
    func notNumeric(host: String) {
        #expect(SocketAddress(numericHost: host, port: 1) == nil)
    }
}

struct LogTests {
    @Test("no words can break out of their line, or speak to the terminal")
    func controlCharacters() {
        #expect(Log.singleLine("plain, häß, 你好") == "plain, häß, 你好")
        #expect(Log.singleLine("a\r\nb\u{1B}[31mc\u{0}d\u{7F}e") == "a  b [31mc d e")
        // One-character forms of escape sequences, and line ends that are no control characters.
        #expect(Log.singleLine("a\u{9B}31mb\u{85}c\u{2028}d\u{2029}e") == "a 31mb c d e")
    }
}
