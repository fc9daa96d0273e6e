import Foundation
import Testing

@testable import ChatServer
@testable import Rooms

@Suite("What clients are told: every event is the very JSON of its fixture")
struct TopicJSONTests {
    private static let ada = Member(
        socket: "s-1", username: "Ada", avatar: "/avatars/s-1.svg", joined: 1_700_000_000_000)
    private static let odd = Member(
        socket: "s_2", username: "\"B\\ob\" \u{2028}👍🏽</script>", avatar: "/avatars/s_2.svg", joined: 1)
    private static let messages = [
        message(1, "hello"), message(2, "\"q\" \\ \n\r\t\u{0}\u{1F}\u{7F} \u{2028} 👩‍👩‍👧‍👦 </script>"),
    ]

    private static func message(_ seq: Int, _ text: String) -> StoredMessage {
        let pieces = StoreFormat.messagePieces(OutgoingMessage(id: "id-\(seq)", member: ada, text: text))
        return StoredMessage(
            seq: seq,
            json: pieces.head + Array("\(seq)".utf8) + pieces.middle + Array("1700000000001".utf8) + pieces.tail)
    }

    private static let events: [(name: String, json: [UInt8])] = [
        (
            "welcome",
            TopicJSON.welcome(
                ada, token: "s-1.secret", room: .lobby, epoch: "e1", seq: 7, server: "srv",
                limits: ClientLimits(text: 8_192, message: 65_536, history: 50))
        ),
        (
            "member_history",
            TopicJSON.memberHistory(
                [("s-1", StoreFormat.member(ada)), ("s_2", StoreFormat.member(odd))], epoch: "e1", rev: 2)
        ),
        ("member_history_empty", TopicJSON.memberHistory([], epoch: "e1", rev: 0)),
        ("message_history", TopicJSON.messageHistory(messages, epoch: "e1")),
        ("message_history_empty", TopicJSON.messageHistory([], epoch: "e1")),
        ("message_page", TopicJSON.messagePage(messages, isComplete: false, epoch: "e1")),
        ("message_page_empty", TopicJSON.messagePage([], isComplete: true, epoch: "e1")),
        ("messages", StoreFormat.message(messages[1].json, epoch: "e1")),
        ("member_add", StoreFormat.memberAdd(StoreFormat.member(odd), epoch: "e1", rev: 3)),
        ("member_update", StoreFormat.memberUpdate(StoreFormat.member(ada), epoch: "e1", rev: 4)),
        ("member_delete", StoreFormat.memberDelete("s-1", epoch: "e1", rev: 5)),
        ("typing", StoreFormat.typing("s-1", epoch: "e1")),
        ("gap", TopicJSON.gap(from: 3, through: 9, epoch: "e1")),
        ("reset", TopicJSON.reset(epoch: "e2")),
        ("ack", TopicJSON.ack(id: "id-1", Receipt(epoch: "e1", seq: 1))),
        (
            "error",
            TopicJSON.error(
                ClientError(code: .rateLimited, message: "say \"less\"", id: "id-1", retry: .milliseconds(1_500)))
        ),
        ("error_plain", TopicJSON.error(ClientError(code: .unknownTopic, message: "no"))),
        ("pong", TopicJSON.pong),
    ]

    private func fixture(_ name: String) throws -> String {
        let root = #filePath.components(separatedBy: "/Tests/ChatServerTests/")[0]
        let text = try String(contentsOf: URL(filePath: "\(root)/Fixtures/Chat/\(name).json"), encoding: .utf8)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    @Test("each event, byte by byte", arguments: events.map(\.name))
    func event(name: String) throws {
        let json = try #require(Self.events.first { $0.name == name }?.json)
        #expect(String(decoding: json, as: UTF8.self) == (try fixture(name)))
        let value = try #require(JSONValue(json))
        #expect(value["topic"].string.map { name.hasPrefix($0) } == true)
    }

    @Test("every fixture is that of an event")
    func fixtures() throws {
        let root = #filePath.components(separatedBy: "/Tests/ChatServerTests/")[0]
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(root)/Fixtures/Chat")
        #expect(Set(files) == Set(Self.events.map { $0.name + ".json" }))
    }

    @Test("texts come back from the JSON as they were")
    func texts() throws {
        let history = try #require(JSONValue(TopicJSON.messageHistory(Self.messages, epoch: "e1")))
        let text = history["data"][1]["message"].string
        #expect(text == "\"q\" \\ \n\r\t\u{0}\u{1F}\u{7F} \u{2028} 👩‍👩‍👧‍👦 </script>")
        let roster = JSONValue(TopicJSON.memberHistory([("s_2", StoreFormat.member(Self.odd))], epoch: "e", rev: 1))
        #expect(roster?["data"]["s_2"]["username"].string == Self.odd.username)
    }

    @Test("a retry is whole milliseconds, and at least one")
    func retry() {
        for (wait, told) in [(Duration.microseconds(1), 1), (.microseconds(99_001), 100), (.seconds(2), 2_000)] {
            let json = TopicJSON.error(ClientError(code: .rateLimited, message: "", retry: wait))
            #expect(JSONValue(json)?["data"]["retry"].int == told)
        }
    }
}
