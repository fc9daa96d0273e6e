import Testing

@testable import ChatServer
@testable import Rooms

@Suite("Our own JSON, and what a later version has added to it")
struct CanonicalScannerTests {
    private static let start =
        #"{"seq":7,"id":"i","date":5,"socket":"s","username":"Ada","avatar":"/avatars/s.svg","message":"hi""#
    private static let member = #"{"socket":"s","username":"Ada","avatar":"/avatars/s.svg","joined":5"#

    private func message(_ json: String) -> StoredMessage? {
        StoredMessage(stored: Array(json.utf8), sizeLimit: 65_536)
    }

    static let additions = [
        #","x":1"#, #","x":-1.5e+10,"y":null"#, #","reactions":{"thumbs":["a","b"],"n":{"deep":[[[[]]]]}}"#,
        #","text":"\"\\\n\u0001 ü 👍""#, #","aB_9":true,"z":false,"list":[]"#,
    ]

    @Test("further fields of a message are kept and passed on as they are", arguments: additions)
    func messages(addition: String) throws {
        let json = Self.start + addition + "}"
        let found = try #require(message(json))
        #expect(found.isKnown && found.seq == 7 && found.json == Array(json.utf8))
        let payload = #"{"topic":"messages","epoch":"e","data":\#(json)}"#
        #expect(RoomPayload(Array(payload.utf8), sizeLimit: 65_536)?.event == .message(found))
    }

    @Test(
        "further fields of a member are kept through its name, its roster and its way to browsers", arguments: additions
    )
    func members(addition: String) throws {
        let field = Self.member + addition + #","server":"srv","generation":9}"#
        let found = try #require(StoredMember(stored: Array(field.utf8)))
        #expect(found.server == "srv" && found.generation == 9)
        #expect(found.member.further == Array(addition.utf8))
        #expect(StoreFormat.member(found.member) == Array((Self.member + addition + "}").utf8))
        var renamed = found.member
        renamed.username = "Eve"
        renamed.joined = 6
        #expect(renamed.further == found.member.further && renamed != found.member)
        let payload = #"{"topic":"member_add","epoch":"e","rev":3,"data":\#(Self.member)\#(addition)}}"#
        #expect(RoomPayload(Array(payload.utf8), sizeLimit: 65_536)?.event == .memberAdd(found.member, rev: 3))
        #expect(found.member != Member(socket: "s", username: "Ada", avatar: "/avatars/s.svg", joined: 5))
    }

    static let refused =
        [
            // One of ours, twice, out of order, or none that is plain.
            #","seq":8"#, #","id":"j""#, #","x":1,"x":2"#, #","x":{"a":1,"a":2}"#, #","x-y":1"#, #","_x":1"#,
            #","1x":1"#,
            #","":1"#, #","x\u0001":1"#, #","__proto__":1"#, ",\"\(String(repeating: "k", count: 65))\":1",
            // No JSON, or another form of it.
            #","x":"#, #","x":01"#, #","x":.5"#, #","x":1."#, #","x":+1"#, #","x":nul"#, #","x":NaN"#, #","x" :1"#,
            #","x": 1"#, #", "x":1"#, #","x":[1,]"#, #","x":{,}"#, #","x":"\u0041""#, #","x":"\/""#, #","x":"\ud800""#,
            ",\"x\":\"\u{1}\"", #",x:1"#, ",", #","x":1,"#, #","x":"\u001F""#, #","x":"\u000a""#,
            // Too much of it.
            #","x":"# + String(repeating: "9", count: 41), #","x":""# + String(repeating: "x", count: 5_000) + #"""#,
            #","x":"# + String(repeating: "[", count: 8) + String(repeating: "]", count: 8),
        ] + [(0..<33).map { ",\"k\($0)\":1" }.joined()]

    @Test("whatever isn't well-formed in our form, or too much, makes the whole junk", arguments: refused)
    func junk(addition: String) {
        #expect(message(Self.start + addition + "}") == nil)
        let field =
            Self.member + addition.replacing("\"seq\"", with: "\"joined\"").replacing("\"id\"", with: "\"socket\"")
        #expect(StoredMember(stored: Array((field + #","server":"s","generation":1}"#).utf8)) == nil)
    }

    @Test("a member may have 512 bytes more, a message 4,096, an object 32 fields, seven levels within it")
    func bounds() {
        func addition(_ bytes: Int) -> String { #","x":""# + String(repeating: "x", count: bytes - 7) + #"""# }
        #expect(message(Self.start + addition(4_096) + "}") != nil)
        #expect(message(Self.start + addition(4_097) + "}") == nil)
        #expect(Member(stored: Array((Self.member + addition(512) + "}").utf8)) != nil)
        #expect(Member(stored: Array((Self.member + addition(513) + "}").utf8)) == nil)
        #expect(message(Self.start + (0..<32).map { ",\"k\($0)\":1" }.joined() + "}") != nil)
        let nested = String(repeating: "[", count: 7) + String(repeating: "]", count: 7)
        #expect(message(Self.start + #","x":"# + nested + "}") != nil)
    }

    @Test("cut anywhere, or with any byte that is no UTF-8, it is none", arguments: additions)
    func cut(addition: String) {
        var bytes = Array((Self.start + addition + "}").utf8)
        for count in bytes.indices { #expect(StoredMessage(stored: bytes[..<count], sizeLimit: 65_536) == nil) }
        for index in bytes.indices {
            let before = bytes[index]
            bytes[index] = 0xFF
            #expect(StoredMessage(stored: bytes, sizeLimit: 65_536) == nil)
            bytes[index] = before
        }
    }

    @Test(
        "a kind that isn't known is counted by its rev or as an entry of the log",
        arguments: [
            (#"{"topic":"edited","epoch":"e","rev":4,"data":{"seq":1,"text":"x"}}"#, RoomPayload.EventNumber.rev(4)),
            (#"{"topic":"x9_","epoch":"e","rev":4,"data":null}"#, .rev(4)),
            (
                #"{"topic":"edited","epoch":"e","data":{"seq":8,"kind":"edited","of":7}}"#,
                .entry(StoredMessage(seq: 8, json: Array(#"{"seq":8,"kind":"edited","of":7}"#.utf8), isKnown: false))
            ),
            (#"{"topic":"waving","epoch":"e","data":"s"}"#, nil),
        ])
    func unknown(json: String, number: RoomPayload.EventNumber?) {
        #expect(RoomPayload(Array(json.utf8), sizeLimit: 65_536)?.event == .unknown(number))
        for count in 0..<json.utf8.count {
            #expect(RoomPayload(Array(json.utf8.prefix(count)), sizeLimit: 65_536) == nil)
        }
        if case .entry(let entry) = number {
            #expect(StoredMessage(stored: entry.json, sizeLimit: 65_536) == entry)
        }
    }

    @Test(
        "what only servers say to clients, and names that are none, are no kinds",
        arguments: [
            #"{"topic":"reset","epoch":"e","rev":4,"data":1}"#,
            #"{"topic":"gap","epoch":"e","data":{"from":1,"to":9}}"#,
            #"{"topic":"Edited","epoch":"e","rev":4,"data":1}"#, #"{"topic":"_edited","epoch":"e","rev":4,"data":1}"#,
            #"{"topic":"edited","epoch":"e","rev":0,"data":1}"#, #"{"topic":"edited","epoch":"e","rev":4,"data":01}"#,
            #"{"topic":"edited","epoch":"e","data":{"seq":8,"kind":"other"}}"#, #"{"topic":"edited","rev":4,"data":1}"#,
            #"{"topic":"edited","epoch":"e","rev":4,"data":1,"more":1}"#,
        ])
    func noKind(json: String) {
        #expect(RoomPayload(Array(json.utf8), sizeLimit: 65_536) == nil)
    }
}
