import Testing

@testable import ChatServer
@testable import Rooms

@Suite("What a room's channel carries: only ours passes")
struct RoomPayloadTests {
    private static let data =
        #"{"seq":7,"id":"i","date":5,"socket":"s","username":"Ada","avatar":"/avatars/s.svg","message":"hi"}"#
    private static let member = #"{"socket":"s","username":"Ada","avatar":"/avatars/s.svg","joined":5}"#
    private static let message = #"{"topic":"messages","epoch":"e","data":"# + data + "}"
    private static let add = #"{"topic":"member_add","epoch":"e","rev":3,"data":"# + member + "}"
    private static let delete = #"{"topic":"member_delete","epoch":"e","rev":3,"data":"s"}"#
    private static let typing = #"{"topic":"typing","epoch":"e","data":"s"}"#

    private func payload(_ json: String, limit: Int = 4_096) -> RoomPayload? {
        RoomPayload(Array(json.utf8), sizeLimit: limit)
    }

    @Test("what our scripts publish passes, and goes on as it is")
    func ours() throws {
        let ada = Member(socket: "s", username: "Ada", avatar: "/avatars/s.svg", joined: 5)
        let stored = StoredMessage(seq: 7, json: Array(Self.data.utf8))
        for (json, event) in [
            (Self.message, RoomPayload.Event.message(stored)),
            (Self.add, .memberAdd(ada, rev: 3)),
            (Self.add.replacing("member_add", with: "member_update"), .memberUpdate(ada, rev: 3)),
            (Self.delete, .memberDelete(socket: "s", rev: 3)),
            (Self.typing, .typing(socket: "s")),
        ] {
            let found = try #require(payload(json))
            #expect(found.epoch == "e")
            #expect(found.event == event)
            #expect(found.json == Array(json.utf8))
        }
    }

    @Test("texts of every kind pass, and their message is cut out whole")
    func texts() throws {
        let texts = [
            "", #"},"data":{"seq":1"#, #","data":{"seq":9,"#, "\0\n\u{1F}\u{7F}\"\\/", "\u{2028}👩‍👩‍👧‍👦", "\u{FEFF}x",
            "e\u{301}",
            #"{"topic":"messages"}"#,
        ]
        for text in texts {
            let ada = Member(socket: "s", username: #"A","data":{"seq":"#, avatar: "/avatars/s.svg", joined: 5)
            let pieces = StoreFormat.messagePieces(OutgoingMessage(id: "i", member: ada, text: text))
            let json = pieces.head + Array("7".utf8) + pieces.middle + Array("5".utf8) + pieces.tail
            let found = try #require(RoomPayload(StoreFormat.message(json, epoch: "e"), sizeLimit: 4_096))
            #expect(found.event == .message(StoredMessage(seq: 7, json: json)))
        }
    }

    /// Each is one of ours with one thing changed.
    private static let junk: [String] =
        [
            "", " ", "null", "[]", "{}", "0", "\"\"", "hello", "{", "\u{0}", #"{"topic":"messages"}"#,
            "[" + message + "]", message + message, message + " ", " " + message, message + "\n", "\u{FEFF}" + message,
            String(message.dropLast()), message + "}",
        ]
        + [
            // Topics and epochs.
            ("messages", "welcome"), ("messages", "reset"), ("messages", "_moved"), ("messages", "Messages"),
            (#""messages""#, "5"), (#""messages""#, "null"), (#""e""#, "5"), (#""e""#, "null"), (#""e""#, #""""#),
            (#""e""#, #"""# + String(repeating: "e", count: 65) + #"""#), (#""epoch":"e","#, ""),
            // Wrong types and values.
            (#":7,"#, #":"7","#), (":7,", ":7.5,"), (":7,", ":0,"), (":7,", ":-7,"), (":7,", ":1e300,"),
            (":7,", ":null,"),
            (":7,", ":07,"), (":7,", ":7.0,"), (":7,", ":7e0,"), (":7,", ":9223372036854775808,"), (":7,", ":[7],"),
            (#""i""#, "5"), (#""i""#, #""""#), (#""i""#, #""a b""#), (#""date":5"#, #""date":"5""#),
            (#""date":5"#, #""date":5.5"#), (#""socket":"s""#, #""socket":"s s""#),
            (#""socket":"s""#, #""socket":null"#),
            (#""Ada""#, "5"), (#""Ada""#, "null"), (#""Ada""#, #""" "# + String(repeating: "x", count: 2_000) + #"""#),
            (#""hi""#, "5"), (#""hi""#, "null"), (#""hi""#, #"{"a":1}"#), (#""hi""#, #"["hi"]"#),
            ("/avatars/s.svg", "https://evil.example/x.svg"), ("/avatars/s.svg", "//evil.example"),
            ("/avatars/s.svg", "/avatars/../../x"), ("/avatars/s.svg", "/avatars/s.svg?x"), ("/avatars/s.svg", ""),
            // Missing, double, more, and in other words.
            (#","id":"i""#, ""), (#","message":"hi""#, ""), (#""seq":7,"#, ""), (#","avatar":"/avatars/s.svg""#, ""),
            (#""seq":7,"#, #""seq":7,"seq":8,"#), (#""e","data""#, #""e","epoch":"f","data""#),
            (#"{"topic""#, #"{"topic":"typing","topic""#), (#""hi"}}"#, #""hi"},"extra":1}"#),
            (#""hi"}}"#, #""hi"},"data":{"seq":1}}"#),
            (#""e","data""#, #""e","x":{"a":1,"data":{"seq":9}},"data""#), (#""hi""#, #""\u0068i""#), (#":7,"#, ": 7,"),
            (#""hi""#, #""h\/i""#), (#""hi""#, #""\ud800""#),
        ].map { message.replacing($0.0, with: $0.1) }
        + [
            (":3,", ":0,"), (":3,", ":-1,"), (":3,", #":"3","#), (#""rev":3,"#, ""),
            (#""rev":3,"#, #""rev":3,"rev":4,"#),
            (#""Ada""#, #""""#), (#""Ada""#, #"" Ada""#), (#""Ada""#, #""a\u0000b""#), (#""Ada""#, #""a\u202eb""#),
            (#""joined":5"#, #""joined":"5""#), (#","joined":5"#, ""),
            (#""socket":"s""#, #""socket":"""#),
        ].map { add.replacing($0.0, with: $0.1) }
        + [
            (#":"s""#, #":"""#), (#":"s""#, #":"a b""#), (#":"s""#, #":{"socket":"s"}"#), (":3,", ":0,"),
            (#""rev":3,"#, ""),
        ].map { delete.replacing($0.0, with: $0.1) }
        + [(#":"s""#, #":"<b>""#), (#":"s""#, ":null"), (#""e","#, #""e","rev":3,"#)].map {
            typing.replacing($0.0, with: $0.1)
        }

    @Test("everything else is dropped", arguments: junk)
    func dropped(json: String) {
        #expect(payload(json) == nil)
    }

    @Test("bytes that are no UTF-8 are dropped")
    func notUTF8() {
        var bytes = Array(Self.message.utf8)
        for index in bytes.indices {
            let before = bytes[index]
            bytes[index] = 0xFF
            #expect(RoomPayload(bytes, sizeLimit: 4_096) == nil)
            bytes[index] = before
        }
    }

    @Test("a payload cut anywhere is dropped")
    func cut() {
        for count in 0..<Self.message.utf8.count {
            #expect(RoomPayload(Array(Self.message.utf8.prefix(count)), sizeLimit: 4_096) == nil)
        }
    }

    @Test("more bytes than any of ours has are not even parsed")
    func size() {
        #expect(payload(Self.message, limit: Self.message.utf8.count) != nil)
        #expect(payload(Self.message, limit: Self.message.utf8.count - 1) == nil)
        let worst = String(repeating: "\u{1}", count: 8_192)
        let ada = Member(
            socket: String(repeating: "s", count: 64), username: String(repeating: "👩‍👩‍👧‍👦", count: 20),
            avatar: "/avatars/s.svg", joined: 5)
        let pieces = StoreFormat.messagePieces(
            OutgoingMessage(id: String(repeating: "i", count: 64), member: ada, text: worst))
        let json =
            pieces.head + Array("999999999999999".utf8) + pieces.middle + Array("9999999999999".utf8) + pieces.tail
        #expect(StoreFormat.message(json, epoch: "e").count < RoomPayload.sizeLimit(text: 8_192))
    }

    @Test("nesting of any depth is dropped and nothing worse", arguments: [1_000, 100_000])
    func nesting(depth: Int) {
        let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        for json in [
            nested, Self.message.replacing(#""hi""#, with: nested), #"{"x":"# + nested + "," + Self.message.dropFirst(),
        ] {
            #expect(payload(json, limit: 1_000_000) == nil)
        }
    }

    @Test("stored messages and members are checked in the same way")
    func stored() {
        #expect(StoredMessage(stored: Array(Self.data.utf8), sizeLimit: 4_096)?.seq == 7)
        for (old, new) in [
            (":7,", ":0,"), (#""hi""#, "5"), ("/avatars/", "//x/"), ("{", " {"),
        ] {
            let json = Self.data.replacing(old, with: new)
            #expect(StoredMessage(stored: Array(json.utf8), sizeLimit: 4_096) == nil, "\(json)")
        }
        #expect(StoredMessage(stored: Array(Self.data.utf8), sizeLimit: 10) == nil)
        let field = Self.member.dropLast() + #","server":"srv","generation":2}"#
        let found = StoredMember(stored: Array(field.utf8))
        #expect(found?.server == "srv" && found?.generation == 2 && found?.member.username == "Ada")
        for (old, new) in [("Ada", ""), (":5", ":null"), (":2}", ":\"2\"}"), ("/avatars/", "//x/")] {
            #expect(StoredMember(stored: Array(field.replacing(old, with: new).utf8)) == nil)
        }
    }
}
