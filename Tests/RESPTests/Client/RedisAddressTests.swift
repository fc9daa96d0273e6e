import Testing

@testable import RESP

struct RedisAddressTests {
    struct Address: Sendable {
        let url: String
        var host = "127.0.0.1"
        var port: UInt16 = 6379
        var username: String?
        var password: String?
        var database = 0
    }

    static let good: [Address] = [
        Address(url: "redis://127.0.0.1"),
        Address(url: "redis://127.0.0.1/"),
        Address(url: "redis://redis.example.org:7000/3", host: "redis.example.org", port: 7000, database: 3),
        Address(url: "redis://:secret@127.0.0.1", password: "secret"),
        Address(url: "redis://bob:secret@127.0.0.1:1/0", port: 1, username: "bob", password: "secret"),
        Address(url: "redis://b%40b:p%40ss%3Aw%2Ford%25@127.0.0.1", username: "b@b", password: "p@ss:w/ord%"),
        Address(url: "redis://[::1]:6380/1", host: "::1", port: 6380, database: 1),
        Address(url: "redis://[::1]", host: "::1"),
        Address(url: "REDIS://127.0.0.1:65535", port: 65535),
        Address(url: "localhost", host: "localhost"),
        Address(url: "localhost:6380", host: "localhost", port: 6380),
        Address(url: "127.0.0.1:6380", port: 6380),
        Address(url: "[::1]:6380", host: "::1", port: 6380),
    ]

    @Test("addresses are read in all their forms", arguments: good)
    func reads(address: Address) throws {
        let read = try RedisConfiguration(url: address.url)
        #expect(read.host == address.host && read.port == address.port)
        #expect(read.username == address.username && read.password == address.password)
        #expect(read.database == address.database)
    }

    @Test(
        "what is no address is refused in words",
        arguments: [
            "", "redis://", "redis:///0", "http://127.0.0.1:6379", "unix:///tmp/redis.sock", "redis://host:port",
            "redis://host:0", "redis://host:65536", "redis://host:-1", "redis://host/x", "redis://host/-1",
            "redis://host/0/1", "redis://host:1:2", "redis://host?db=1", "redis://host#1", "redis://ho st", ":6379",
            "redis://user:p@ss@@host:x", "redis://[::1", "://", "[:", "redis://[]", "redis://ho%20st",
            "redis://ho%00st",
            "redis://ho%0Ast",
        ])
    func junk(url: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        guard case .invalidAddress(let words) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!words.isEmpty)
    }

    @Test("TLS is refused with the way around it", arguments: ["rediss://host", "REDISS://host:6379"])
    func tls(url: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.description.contains("TLS proxy") == true)
    }

    @Test("no password gets into an error or a description")
    func noPassword() throws {
        for url in [
            "redis://bob:s3cret@host:notaport",
            // A slash in a password ends it, and what comes before looks like a port.
            "redis://bob:1/s3cret@host", "redis://bob:99999/s3cret@host", "redis://bob:s3cret/2@host",
            "redis://bob:s3cret@\u{301}host:x", "bob:s3cret@host:x",
            // The host was forgotten.
            "redis://bob:s3cret", "bob:s3cret", "redis://bob:1@h:s3cret/0", "redis://host?password=s3cret",
            "redis://bob:1#s3cret@host:x", "redis://host:6379/0?p=s3cret",
        ] {
            let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
            #expect(error?.description.contains("s3cret") == false)
        }
        let configuration = try RedisConfiguration(url: "redis://bob:s3cret@[::1]:7000/2")
        #expect(configuration.description == "[::1]:7000/2")
    }

    @Test(
        "a user without a password is refused, and so is what doesn't decode: neither may run as somebody else",
        arguments: [
            "redis://bob@host", "redis://bob:@host", "bob@host:6379/1", "redis://b%6Fb@host", "redis://b%40b@h",
        ])
    func userAlone(url: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.description.contains("has no password") == true, "\(String(describing: error))")
    }

    @Test("a password that isn't UTF-8 is refused", arguments: ["redis://:%ff@host", "redis://%ff:pw@host"])
    func undecodable(url: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.description.contains("UTF-8") == true, "\(String(describing: error))")
    }

    @Test("nobody at all is no user", arguments: ["redis://@host", "redis://:@host"])
    func nobody(url: String) throws {
        let read = try RedisConfiguration(url: url)
        #expect(read.username == nil && read.password == nil && read.host == "host")
    }
}
