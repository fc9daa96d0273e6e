import Testing

@testable import ChatServer
@testable import Rooms

@Suite("What clients ask for")
struct ClientCommandTests {
    private func command(_ json: String, limit: Int = 64) -> Result<ClientCommand, ClientError> {
        Result { () throws(ClientError) in try ClientCommand(json, textLimit: limit) }
    }

    private func error(_ json: String, limit: Int = 64) -> ClientError? {
        if case .failure(let error) = command(json, limit: limit) { error } else { nil }
    }

    @Test(
        "every topic, in every form it may have",
        arguments: [
            (#"{"topic":"send","data":"hi"}"#, ClientCommand.send(text: "hi", id: nil)),
            (#"{"topic":"send","data":{"message":"hi","id":"a-1_Z"}}"#, .send(text: "hi", id: "a-1_Z")),
            (#"{"topic":"send","data":{"message":"hi"}}"#, .send(text: "hi", id: nil)),
            (
                #"{"topic":"send","data":{"message":" <b>&\"\\\n\u0000 ","id":null}}"#,
                .send(text: " <b>&\"\\\n\0 ", id: nil)
            ),
            (#" { "data" : "hi" , "more" : [1] , "topic" : "send" } "#, .send(text: "hi", id: nil)),
            (#"{"topic":"send","data":"\ud83d\udc4d"}"#, .send(text: "👍", id: nil)),
            (#"{"topic":"rename","data":{"username":"  Ada L. "}}"#, .rename("Ada L.")),
            (#"{"topic":"rename","data":"Ada"}"#, .rename("Ada")),
            (#"{"topic":"rename","data":{"username":"Ada","id":"r-1"}}"#, .rename("Ada", id: "r-1")),
            (
                #"{"topic":"history","data":{"before":9,"id":"h_2"}}"#, .history(before: 9, limit: 50, id: "h_2")
            ),
            (#"{"topic":"typing"}"#, .typing),
            (#"{"topic":"typing","data":[[]]}"#, .typing),
            (#"{"topic":"ping"}"#, .ping),
            (#"{"topic":"ping","data":null}"#, .ping),
            (#"{"topic":"history"}"#, .history(before: nil, limit: 50)),
            (#"{"topic":"history","data":null}"#, .history(before: nil, limit: 50)),
            (#"{"topic":"history","data":{}}"#, .history(before: nil, limit: 50)),
            (#"{"topic":"history","data":{"before":1,"limit":1}}"#, .history(before: 1, limit: 1)),
            (#"{"topic":"history","data":{"before":7,"limit":100000}}"#, .history(before: 7, limit: 100)),
            (
                #"{"topic":"history","data":{"before":9007199254740993}}"#,
                .history(before: 9_007_199_254_740_993, limit: 50)
            ),
        ])
    func topics(json: String, expected: ClientCommand) {
        #expect(command(json) == .success(expected))
    }

    @Test(
        "what is no object with a topic is a bad request",
        arguments: [
            "", " ", "hello", "{", "}", "[]", "[1,2]", "null", "0", "\"send\"", "{}", #"{"topic":null}"#,
            #"{"topic":1}"#,
            #"{"topic":["send"]}"#, #"{"Topic":"send"}"#, #"{"topic":"send","data":"hi"}}"#,
            #"{"topic":"send" "data":1}"#,
            #"{'topic':'send'}"#, #"{"topic":"send","data":"\ud800"}"#, #"{"topic":"send","data":"\x"}"#, "\u{0}",
            #"{"topic":"ping"} {"topic":"ping"}"#, "42[\"send\",\"hi\"]",
        ])
    func noObject(json: String) {
        #expect(error(json)?.code == .badRequest)
    }

    @Test("an unknown topic is told, with no more of it than is needed")
    func unknownTopic() {
        #expect(error(#"{"topic":"fly"}"#)?.code == .unknownTopic)
        #expect(error(#"{"topic":"fly"}"#)?.message.contains("'fly'") == true)
        for long in [String(repeating: "x", count: 60_000), "e" + String(repeating: "\u{301}", count: 30_000)] {
            let error = error(#"{"topic":""# + long + #""}"#)
            #expect(error?.code == .unknownTopic)
            #expect((error?.message.utf8.count ?? .max) < 200)
        }
        #expect(error(#"{"topic":""}"#)?.code == .unknownTopic)
    }

    @Test(
        "wrong types and values are a bad request",
        arguments: [
            #"{"topic":"send"}"#, #"{"topic":"send","data":null}"#, #"{"topic":"send","data":5}"#,
            #"{"topic":"send","data":["hi"]}"#, #"{"topic":"send","data":{}}"#,
            #"{"topic":"send","data":{"message":5}}"#,
            #"{"topic":"send","data":{"message":null}}"#, #"{"topic":"send","data":{"message":"hi","id":5}}"#,
            #"{"topic":"send","data":{"message":"hi","id":""}}"#,
            #"{"topic":"send","data":{"message":"hi","id":"a b"}}"#,
            #"{"topic":"send","data":{"message":"hi","id":"ä"}}"#,
            #"{"topic":"send","data":{"message":"hi","id":""# + String(repeating: "i", count: 65) + #""}}"#,
            #"{"topic":"rename"}"#, #"{"topic":"rename","data":{"username":""}}"#,
            #"{"topic":"rename","data":{"username":" "}}"#, #"{"topic":"rename","data":{"username":7}}"#,
            #"{"topic":"rename","data":{"username":"a\u0000b"}}"#,
            #"{"topic":"rename","data":{"username":""# + String(repeating: "x", count: 41) + #""}}"#,
            #"{"topic":"history","data":{"before":0}}"#, #"{"topic":"history","data":{"before":-1}}"#,
            #"{"topic":"history","data":{"limit":0}}"#, #"{"topic":"history","data":{"limit":-9223372036854775808}}"#,
            #"{"topic":"history","data":{"before":1e300}}"#, #"{"topic":"history","data":{"before":"3"}}"#,
            #"{"topic":"history","data":{"before":9223372036854775808}}"#, #"{"topic":"history","data":{"limit":1.5}}"#,
            #"{"topic":"history","data":5}"#, #"{"topic":"history","data":"7"}"#,
        ])
    func badValues(json: String) {
        #expect(error(json)?.code == .badRequest)
    }

    @Test("an error about a send names the id it had, if that is one")
    func errorsNameTheSend() {
        #expect(error(#"{"topic":"send","data":{"message":" ","id":"a"}}"#)?.id == "a")
        #expect(error(#"{"topic":"send","data":{"id":"a"}}"#)?.id == "a")
        #expect(error(#"{"topic":"send","data":{"message":"12345","id":"a"}}"#, limit: 4)?.id == "a")
        #expect(error(#"{"topic":"send","data":{"id":"a b"}}"#)?.id == nil)
        #expect(error(#"{"topic":"send","data":{"message":5,"id":"a"}}"#)?.id == "a")
    }

    @Test("blank texts are not sent", arguments: ["", " ", "\t\n", "\u{3000}\u{2003}", "\u{85}\u{2028}"])
    func blank(text: String) {
        #expect(error(#"{"topic":"send","data":\#(quoted(text))}"#)?.code == .badRequest)
    }

    @Test("a text is limited by its bytes of UTF-8, not by its characters or its JSON")
    func limits() {
        for (text, limit) in [("abcd", 4), ("éé", 4), ("👍", 4), (#"""#, 1)] {
            #expect(
                command(#"{"topic":"send","data":\#(quoted(text))}"#, limit: limit)
                    == .success(.send(text: text, id: nil)))
            #expect(error(#"{"topic":"send","data":\#(quoted(text))}"#, limit: limit - 1)?.code == .tooLarge)
        }
        #expect(command(#"{"topic":"send","data":"\u0041\u0041"}"#, limit: 2) == .success(.send(text: "AA", id: nil)))
    }

    @Test("nesting of any depth is refused and nothing worse", arguments: [1_000, 100_000])
    func nesting(depth: Int) {
        let opening = String(repeating: "[", count: depth)
        let closing = String(repeating: "]", count: depth)
        let objects = String(repeating: #"{"topic":"#, count: depth)
        for json in [
            opening, opening + closing, #"{"topic":"send","data":"# + opening + closing + "}", objects,
            #"{"topic":"# + opening + closing + "}",
        ] {
            #expect(error(json)?.code == .badRequest)
        }
    }

    @Test("huge numbers are refused and nothing worse")
    func hugeNumbers() {
        let digits = String(repeating: "9", count: 60_000)
        for number in [digits, "-" + digits, "1e" + digits, "1e400", "-0"] {
            let result = command(#"{"topic":"history","data":{"before":\#(number)}}"#)
            #expect(throws: ClientError.self) { try result.get() }
        }
    }

    @Test("of a key given twice one value is taken, and nothing worse happens")
    func duplicateKeys() {
        let result = command(#"{"topic":"send","topic":"ping","data":"a","data":"b"}"#)
        #expect([.send(text: "a", id: nil), .ping, .send(text: "b", id: nil)].contains(try? result.get()))
    }

    private func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.string(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
