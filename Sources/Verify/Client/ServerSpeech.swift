#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a server says to a client: text to event, in our own dialect (PROTOCOL.md §1).
struct ServerSpeech: Sendable {
    enum Event: Sendable {
        case welcome(socket: String, token: String, epoch: String, seq: Int)
        case memberHistory(Set<String>)
        case messageHistory([SeenMessage])
        case memberAdd(socket: String)
        case memberUpdate
        case memberDelete(socket: String)
        case message(SeenMessage)
        case ack(id: String, seq: Int, epoch: String)
        case gap(from: Int, to: Int)
        case reset(epoch: String)
        case reconnect(after: Duration)
        case error(code: String, id: String?, retry: Duration?)
        case pong
        case other(String)
    }

    let epoch: String?
    let event: Event

    /// nil for what can't be understood.
    init?(_ text: String) {
        guard let speech = try? JSONDecoder().decode(Speech.self, from: Data(text.utf8)) else { return nil }
        (epoch, event) = (speech.epoch, speech.event)
    }
}

private struct Speech: Decodable {
    enum Key: CodingKey { case topic, epoch, data }

    let epoch: String?
    let event: ServerSpeech.Event

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        epoch = try container.decodeIfPresent(String.self, forKey: .epoch)
        func data<Value: Decodable>(_ type: Value.Type) throws -> Value { try container.decode(type, forKey: .data) }
        let topic = try container.decode(String.self, forKey: .topic)
        switch topic {
        case "messages":
            event = .message(try data(Message.self).seen)
        case "ack":
            let ack = try data(Ack.self)
            event = .ack(id: ack.id, seq: ack.seq, epoch: ack.epoch)
        case "member_add":
            event = .memberAdd(socket: try data(Member.self).socket)
        case "member_update":
            event = .memberUpdate
        case "member_delete":
            event = .memberDelete(socket: try data(String.self))
        case "welcome":
            let welcome = try data(Welcome.self)
            event = .welcome(
                socket: welcome.member.socket, token: welcome.token, epoch: welcome.epoch, seq: welcome.seq)
        case "member_history":
            event = .memberHistory(Set(try data([String: Member].self).keys))
        case "message_history":
            event = .messageHistory(try data([Message].self).map(\.seen))
        case "gap":
            let gap = try data(Gap.self)
            event = .gap(from: gap.from, to: gap.to)
        case "reset":
            event = .reset(epoch: try data(Reset.self).epoch)
        case "reconnect":
            event = .reconnect(after: .milliseconds(try data(Reconnect.self).in))
        case "error":
            let failure = try data(Failure.self)
            event = .error(code: failure.code, id: failure.id, retry: failure.retry.map { .milliseconds($0) })
        case "pong":
            event = .pong
        default:
            event = .other(topic)
        }
    }

    private struct Message: Decodable {
        let seq: Int
        let id: String
        let socket: String
        let message: String

        var seen: SeenMessage {
            SeenMessage(seq: seq, id: id, socket: socket, isIntact: TestText.isIntact(message, id: id))
        }
    }

    private struct Member: Decodable { let socket: String }
    private struct Ack: Decodable {
        let id: String
        let seq: Int
        let epoch: String
    }
    private struct Welcome: Decodable {
        let member: Member
        let token: String
        let epoch: String
        let seq: Int
    }
    private struct Gap: Decodable {
        let from: Int
        let to: Int
    }
    private struct Reset: Decodable { let epoch: String }
    private struct Reconnect: Decodable { let `in`: Int }
    private struct Failure: Decodable {
        let code: String
        let id: String?
        let retry: Int?
    }
}
