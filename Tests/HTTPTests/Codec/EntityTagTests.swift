import TestSupport
import Testing

@testable import HTTP

@Suite("Entity tags")
struct EntityTagTests {
    private static let tag = EntityTag("a,b")

    private static func request(_ fields: String...) throws -> HTTPRequest {
        let lines = fields.map { "If-None-Match: \($0)\r\n" }.joined()
        let parsed = try parseRequest([Array("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n".utf8)])
        return try #require(parsed.request)
    }

    @Test(
        "a client that has it: alone, in a list, weak, or any (RFC 9110 §13.1.2)",
        arguments: [
            #""a,b""#, #"W/"a,b""#, "*", " * ", #""x", "a,b""#, #""x" , W/"y",,"a,b","#, #", "a,b""#, #""","a,b""#,
        ])
    func matches(_ field: String) throws {
        #expect(try Self.request(field).alreadyHas(Self.tag))
    }

    @Test(
        "a client that hasn't: another tag, a part of it, or no list of tags",
        arguments: [
            "", #""a""#, #""b""#, #""a","b""#, #""A,B""#, "a,b", #"w/"a,b""#, #"W/ "a,b""#, #""a,b"#, #""a,b" "x""#,
            #""x""a,b""#, #""a b","a,b""#, #"*, "x""#, "'a,b'",
        ])
    func differs(_ field: String) throws {
        #expect(try !Self.request(field).alreadyHas(Self.tag))
    }

    @Test("several fields are one list; none asks for nothing")
    func fields() throws {
        #expect(try Self.request(#""x""#, #""a,b""#).alreadyHas(Self.tag))
        #expect(try !Self.request().alreadyHas(Self.tag))
        #expect(EntityTag("x").fieldValue == #""x""#)
        #expect(EntityTag("x", isWeak: true).fieldValue == #"W/"x""#)
    }
}
