import Foundation
import Testing

@testable import Verify

@Suite("verify: a client by the rules")
struct ClientModelTests {
    private struct Command: Decodable {
        struct Message: Decodable {
            let message: String
            let id: String
        }
        let topic: String
        let data: Message
    }

    private static func speech(_ json: String) throws -> ServerSpeech { try #require(ServerSpeech(json)) }

    private static func welcome(_ socket: String, seq: Int, epoch: String = "A") -> String {
        """
        {"topic":"welcome","data":{"member":{"socket":"\(socket)","username":"c0","avatar":"/avatars/x.svg","joined":1},\
        "token":"\(socket).secret","room":"r","epoch":"\(epoch)","seq":\(seq),"server":"s","limits":{}}}
        """
    }

    private static func memberAdd(_ socket: String) -> String {
        #"{"topic":"member_add","epoch":"A","rev":1,"data":{"socket":"\#(socket)","username":"n","avatar":"/a","joined":1}}"#
    }

    private static func message(_ seq: Int, id: String, socket: String) -> String {
        #"{"topic":"messages","epoch":"A","data":{"seq":\#(seq),"id":"\#(id)","socket":"\#(socket)","message":"?"}}"#
    }

    /// In the room, with one send under way.
    private static func sending() throws -> (model: ClientModel, text: String) {
        var model = ClientModel(name: "c0", room: "r", rate: 1, random: RunRandom(seed: 1))
        model.opened(server: 0, at: .zero)
        let actions1 = model.tick(at: .milliseconds(1))
        #expect(actions1.isEmpty)
        try hear(&model, welcome("me", seq: 7), #"{"topic":"message_history","epoch":"A","data":[]}"#, memberAdd("me"))
        let actions = model.tick(at: .milliseconds(2))
        guard case .send(let text)? = actions.first else { throw NothingSent() }
        return (model, text)
    }

    private struct NothingSent: Error {}

    @discardableResult
    private static func hear(_ model: inout ClientModel, _ texts: String...) throws -> [ClientModel.Action] {
        try texts.flatMap { model.receive(try speech($0), at: .milliseconds(3)) }
    }

    @Test("nothing is said before the join has ended, and a text is whole when it comes back")
    func send() throws {
        let (model, text) = try Self.sending()
        let command = try JSONDecoder().decode(Command.self, from: Data(text.utf8))
        let (words, id) = (command.data.message, command.data.id)
        #expect(command.topic == "send" && id == "c0-1" && TestText.isIntact(words, id: id))
        #expect(!TestText.isIntact(words + "!", id: id))
        #expect(model.pendingCount == 1)
    }

    @Test("an ack, or the message itself, settles a send; an ack is not what was shown")
    func settle() throws {
        var (model, _) = try Self.sending()
        try Self.hear(&model, #"{"topic":"ack","data":{"id":"c0-1","seq":8,"epoch":"A"}}"#)
        #expect(model.pendingCount == 0 && model.shown == 7)
        (model, _) = try Self.sending()
        try Self.hear(&model, Self.message(8, id: "c0-1", socket: "me"))
        #expect(model.pendingCount == 0 && model.shown == 8)
        #expect(model.record.sends[0].isEchoed)
    }

    @Test("a reconnect asks for what follows the last message shown, as the same member")
    func target() throws {
        var (model, _) = try Self.sending()
        model.lost("cut", at: .milliseconds(4))
        #expect(model.target == "/ws?room=r&name=c0&token=me.secret&epoch=A&after=7")
    }

    @Test("what isn't acknowledged is repeated once the join has ended, unless the catch-up has it")
    func repeating() throws {
        var (model, text) = try Self.sending()
        model.lost("cut", at: .milliseconds(4))
        model.opened(server: 1, at: .milliseconds(5))
        let early = try Self.hear(
            &model, Self.welcome("me", seq: 7), #"{"topic":"message_history","epoch":"A","data":[]}"#)
        #expect(early.isEmpty)
        let actions5 = try Self.hear(&model, Self.memberAdd("me"))
        #expect(actions5 == [.send(text)])
        #expect(model.record.sends[0].tries == 2)

        (model, text) = try Self.sending()
        model.lost("cut", at: .milliseconds(4))
        model.opened(server: 1, at: .milliseconds(5))
        try Self.hear(&model, Self.welcome("me", seq: 8), Self.message(8, id: "c0-1", socket: "me"))
        let actions6 = try Self.hear(&model, Self.memberAdd("me"))
        #expect(actions6.isEmpty)
    }

    @Test("a new identity, or five minutes, make a send fail")
    func failing() throws {
        var (model, _) = try Self.sending()
        model.lost("cut", at: .milliseconds(4))
        model.opened(server: 1, at: .milliseconds(5))
        try Self.hear(&model, Self.welcome("other", seq: 7))
        let actions7 = try Self.hear(&model, Self.memberAdd("other"))
        #expect(actions7.isEmpty)
        #expect(model.record.sends[0].isFailed)

        (model, _) = try Self.sending()
        model.lost("cut", at: .milliseconds(4))
        model.opened(server: 1, at: .seconds(301))
        try Self.hear(&model, Self.welcome("me", seq: 7))
        let actions4 = model.receive(try Self.speech(Self.memberAdd("me")), at: .seconds(302))
        #expect(actions4.isEmpty)
        #expect(model.record.sends[0].isFailed)
    }

    @Test("a refused send is repeated when the server says so")
    func refused() throws {
        var (model, text) = try Self.sending()
        model.isQuiet = true
        try Self.hear(
            &model, #"{"topic":"error","data":{"code":"unavailable","message":"no","id":"c0-1","retry":500}}"#)
        let actions2 = model.tick(at: .milliseconds(400))
        #expect(actions2.isEmpty)
        let actions3 = model.tick(at: .milliseconds(503))
        #expect(actions3 == [.send(text)])
    }

    @Test("nothing new is said, and nothing later repeated, before what was refused has been repeated")
    func refusedInOrder() throws {
        var (model, first) = try Self.sending()
        var second: [ClientModel.Action] = []
        var time = Duration.milliseconds(3)
        while second.isEmpty {
            time += .milliseconds(100)
            second = model.tick(at: time).filter {
                if case .send(let text) = $0 { text.contains("c0-2") } else { false }
            }
        }
        try Self.hear(
            &model, #"{"topic":"error","data":{"code":"unavailable","message":"no","id":"c0-2","retry":50}}"#)
        try Self.hear(
            &model, #"{"topic":"error","data":{"code":"unavailable","message":"no","id":"c0-1","retry":60000}}"#)
        let waiting = model.tick(at: time + .seconds(2))
        #expect(!waiting.contains { if case .send(let text) = $0 { text.contains("message") } else { false } })
        let repeated = model.tick(at: time + .seconds(62)).filter { $0 != .send(#"{"topic":"ping"}"#) }
        #expect(Array(repeated.prefix(2)) == [.send(first)] + second)
    }

    @Test("the epoch at the end of a join is that of what was shown, not the welcome's")
    func epochOfJoin() throws {
        var (model, _) = try Self.sending()
        model.lost("cut", at: .milliseconds(4))
        model.opened(server: 1, at: .milliseconds(5))
        try Self.hear(&model, Self.welcome("me", seq: 7))
        try Self.hear(&model, #"{"topic":"gap","epoch":"B","data":{"from":8,"to":9}}"#)
        try Self.hear(&model, Self.memberAdd("me").replacing("\"epoch\":\"A\"", with: "\"epoch\":\"B\""))
        #expect(model.isJoined && model.target.hasSuffix("&epoch=B&after=9"))
    }

    @Test("after a reset nothing is asked for until there is something to follow")
    func reset() throws {
        var (model, _) = try Self.sending()
        try Self.hear(&model, #"{"topic":"reset","data":{"epoch":"B"}}"#)
        #expect(model.target == "/ws?room=r&name=c0&token=me.secret")
        try Self.hear(&model, #"{"topic":"gap","epoch":"B","data":{"from":1,"to":9}}"#)
        #expect(model.target.hasSuffix("&epoch=B&after=9"))
    }

    @Test("a server that doesn't answer a ping is given up")
    func silence() throws {
        var (model, _) = try Self.sending()
        model.isQuiet = true
        var time = Duration.zero
        while time < .seconds(30) {
            time += .milliseconds(100)
            let actions = model.tick(at: time)
            if actions == [.drop("the server was silent")] { break }
        }
        #expect((.seconds(6)..<Duration.seconds(14)).contains(time))
    }
}
