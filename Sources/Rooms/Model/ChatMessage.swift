/// A text somebody wants to say, before the store has numbered it.
package struct OutgoingMessage: Hashable, Sendable {
    /// Given by the client, or by the server where the client gave none: it makes the send repeatable.
    package let id: String
    package let member: Member
    package let text: String

    package init(id: String, member: Member, text: String) {
        (self.id, self.member, self.text) = (id, member, text)
    }
}

/// A message as the store keeps it and browsers get it.
package struct StoredMessage: Hashable, Sendable {
    package let seq: Int
    /// The JSON object, exactly as it was stored.
    package let json: [UInt8]
    /// Whether it is a message. Another entry of the log, of a kind that only a later version of this server knows, has a
    /// number all the same, and isn't shown.
    package var isKnown = true
}

extension BidirectionalCollection<StoredMessage> where Index == Int, SubSequence == ArraySlice<StoredMessage> {
    /// The last of them, as many as fit into so many bytes; one at least, if there is any.
    package func newest(bytes limit: Int) -> ArraySlice<StoredMessage> {
        var (size, first) = (0, endIndex)
        while first > startIndex, first == endIndex || size + self[first - 1].json.count <= limit {
            first -= 1
            size += self[first].json.count + 1
        }
        return self[first...]
    }
}

/// What the store answers to a send: where the message stands in the room's log.
package struct Receipt: Hashable, Sendable {
    package let epoch: String
    package let seq: Int
}

/// A client's own name for a send.
package enum MessageID {
    /// 1–64 of `[A-Za-z0-9_-]`.
    package static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed)
    }

    package static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
