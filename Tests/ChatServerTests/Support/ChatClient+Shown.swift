import TestSupport

@testable import ChatServer
@testable import Rooms

extension ChatClient {
    /// A text, as a message or in a history.
    func shows(_ text: String, within limit: Duration = .seconds(30)) async throws {
        try await heard.wait("'\(text)' is shown", within: limit) { events in
            events.contains { event in
                ([event.data] + event.data.array).contains { $0["message"].string == text }
            }
        }
    }

    /// Whom it is shown at this moment.
    var shownMembers: Set<String> {
        var members: Set<String> = []
        for event in heard.events {
            switch event.topic {
            case "member_history": members = Set(event.data.object.keys)
            case "member_add", "member_update": members.insert(event.data["socket"].string ?? "")
            case "member_delete": members.remove(event.data.string ?? "")
            default: break
            }
        }
        return members
    }

    /// Whether it was ever shown that it isn't there itself.
    var missedItself: Bool {
        heard.events.contains { event in
            event.topic == "member_delete" && event.data.string == id
                || event.topic == "member_history" && event.data.object[id] == nil
        }
    }
}
