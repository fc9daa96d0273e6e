import TestSupport
import Testing

@testable import HTTP

@Suite("Host policy")
struct HostPolicyTests {
    func allows(_ policy: HostPolicy?, _ host: String) throws -> Bool {
        try #require(policy).allows(try #require(HTTPAuthority(host), "\(host) is no host"))
    }

    @Test(
        "the loopback's names and every spelling of an address are known, with any port, dot and case",
        arguments: [
            "localhost", "LOCALHOST", "localhost:3000", "localhost:", "localhost.", "localhost.:80", "chat.localhost",
            "a.b.localhost:1", "127.0.0.1", "127.0.0.1:3000", "127.0.0.1.", "127.1", "127.0.1", "2130706433",
            "0x7f000001",
            "0x7F.1", "0177.0.0.1", "0", "0.0.0.0", "192.168.1.20:3000", "203.0.113.7", "255.255.255.255", "1.0xffffff",
            "4294967295", "0x", "[::1]", "[::1]:3000", "[::]", "[2001:DB8::1]", "[::ffff:127.0.0.1]", "[fe80::1]",
            "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:1.2.3.4]", "[1::8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]",
        ])
    func known(_ host: String) throws {
        #expect(try allows(.local, host))
    }

    @Test(
        "names that DNS answers for, or nobody, are not: those that only look like the loopback's or an address too",
        arguments: [
            "evil.example", "evil.example:3000", "localhost.evil.example", "evillocalhost", "evil-localhost",
            "localhos",
            "localhost..", ".localhost", "a..localhost", ".", "..", "localhost.localdomain", "127.0.0.1.evil.example",
            "127.0.0.1.nip.io", "evil.127", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "1.2.65536", "4294967296", "127..1",
            "127.0.0.1..", "08", "0xg", "1.2.3.x", "99999999999999999999999999", "[1:2:3:4:5:6:7]",
            "[1:2:3:4:5:6:7:8:9]",
            "[1::2::3]", "[:1]", "[1:]", "[12345::]", "[1:2:3:4:5:6:7:1.2.3.4]", "[::1.2.3]", "[::1.2.3.256]",
            "[1.2.3.4]",
            "[1.2.3.4::]", "[:::]", "[::1.2.3.4:1]", "[1:2:3:4:5:6:7:8::]", "_", "~", "host",
        ])
    func unknown(_ host: String) throws {
        #expect(!(try allows(.local, host)))
        #expect(try allows(.any, host))
    }

    @Test("a list lets in what it names besides those, whatever the case, the port and a dot behind it")
    func list() throws {
        let policy = HostPolicy(allowing: ["Chat.example", "other.example:8443", "dotted.example."])
        for host in [
            "chat.example", "CHAT.EXAMPLE:3000", "chat.example.", "chat.example.:80", "other.example",
            "other.example:1",
            "dotted.example", "dotted.example.", "localhost", "127.0.0.1", "[::1]",
        ] {
            #expect(try allows(policy, host), "\(host)")
        }
        for host in ["evil.example", "sub.chat.example", "chat.example.evil", "evilchat.example", "chat.example.."] {
            #expect(!(try allows(policy, host)), "\(host)")
        }
        #expect(try allows(HostPolicy(allowing: ["a.example", "*"]), "evil.example"))
        #expect(!(try allows(HostPolicy(allowing: []), "evil.example")))
    }

    @Test(
        "a list with something else in it is no policy",
        arguments: [
            "", "https://chat.example", "chat.example/", "a b", "u@a", "*.example", ".example", "a..b", ".",
            "é.example", "a:b", "[::1%25eth0]",
        ])
    func badList(_ entry: String) {
        #expect(HostPolicy(allowing: ["fine.example", entry]) == nil)
    }

    @Test("a request is known by its target in absolute form, else by its Host; one without either is let in")
    func requests() throws {
        #expect(HostPolicy.local.allows(try request("GET / HTTP/1.1", "Host: localhost")))
        #expect(!HostPolicy.local.allows(try request("GET / HTTP/1.1", "Host: evil.example")))
        #expect(!HostPolicy.local.allows(try request("GET http://evil.example/ HTTP/1.1", "Host: localhost")))
        #expect(HostPolicy.local.allows(try request("GET http://localhost/ HTTP/1.1", "Host: evil.example")))
        #expect(HostPolicy.local.allows(try request("GET / HTTP/1.0")))
        #expect(!HostPolicy.local.allows(try request("GET / HTTP/1.0", "Host: evil.example")))
        #expect(!HostPolicy.local.allows(try request("GET http://evil.example/ HTTP/1.0")))
    }

    @Test("the hosts of listed web pages are an origin list's; those of apps are not")
    func originHosts() {
        let list = ["https://Chat.example:8443", "capacitor://localhost", "app://evil.example", "null", "file://", "*"]
        #expect(OriginPolicy(allowing: list)?.hosts == ["chat.example"])
    }
}
