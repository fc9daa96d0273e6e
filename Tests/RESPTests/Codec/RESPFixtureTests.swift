import RESP
import TestSupport
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("RESP fixtures: replies as Redis sends them")
struct RESPFixtureTests {
    private func fixture(_ name: String) throws -> [UInt8] {
        let root = #filePath.components(separatedBy: "/Tests/RESPTests/")[0]
        return Array(try Data(contentsOf: URL(filePath: "\(root)/Fixtures/RESP/\(name).resp")))
    }

    @Test(
        "every recording decodes to its end in every feeding, and encodes to the same bytes",
        arguments: ["binary", "errors", "exec", "history", "info", "pubsub"])
    func recordings(name: String) throws {
        let bytes = try fixture(name)
        let whole = decode([bytes])
        #expect(whole.error == nil)
        var encoded: [UInt8] = []
        for value in whole.values { RESPEncoder.append(value, to: &encoded) }
        #expect(encoded == bytes)
        for feeding in everyFeeding(of: bytes) {
            #expect(decode(feeding) == whole)
        }
    }

    @Test("INFO is one bulk string with line ends of its own")
    func info() throws {
        let values = decode([try fixture("info")]).values
        #expect(values.count == 1)
        #expect(values.first?.string?.contains("redis_version:7.0.15\r\n") == true)
    }

    @Test("pushes of a subscription are arrays; the last one of UNSUBSCRIBE may name no channel")
    func pubsub() throws {
        let values = decode([try fixture("pubsub")]).values
        #expect(values.count == 7)
        #expect(values[0] == .array([.bulk("subscribe"), .bulk("room:1"), .integer(1)]))
        #expect(values[2].elements?.last?.string == #"{"text":"Grüße 👋\r\n"}"#)
        #expect(values[3].elements?.last == .bulk(""))
        #expect(values[6] == .array([.bulk("unsubscribe"), .nullBulkString, .integer(0)]))
    }

    @Test("EXEC answers each command's reply, an error among them, or a null array")
    func exec() throws {
        let values = decode([try fixture("exec")]).values
        #expect(values.prefix(4) == [.simple("OK"), .simple("QUEUED"), .simple("QUEUED"), .simple("QUEUED")])
        let replies = try #require(values[4].elements)
        #expect(replies[2].errorMessage?.hasPrefix("WRONGTYPE ") == true)
        #expect(replies[3] == .array([.bulk("one"), .nullBulkString, .array([])]))
        #expect(values[5] == .nullArray)
    }

    @Test("errors keep their text")
    func errors() throws {
        let values = decode([try fixture("errors")]).values
        #expect(values.count == 8)
        #expect(values[2].errorMessage == "NOSCRIPT No matching script. Please use EVAL.")
    }

    @Test("bulk strings keep all 256 bytes")
    func binary() throws {
        let values = decode([try fixture("binary")]).values
        #expect(values.map(\.bytes?.count) == [256, 16, 1, 12])
        #expect(values[0].bytes.map(Array.init) == (0...255).map { UInt8($0) })
    }
}
