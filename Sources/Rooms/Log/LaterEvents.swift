/// Events of kinds that a later version of this server has brought.
extension CanonicalScanner {
    /// What servers say to clients, and never to each other: no event that is published can have one of these names.
    private static let reserved: [StaticString] = [
        "welcome", "member_history", "message_history", "message_page", "member_count", "ack", "error", "gap", "reset",
        "reconnect", "pong", "ping", "send", "rename", "history",
    ]

    /// What follows the epoch of an event whose topic isn't known: a `rev` and any data, or an entry of the log that names
    /// the same kind, or any data that count nothing.
    mutating func laterEvent(_ topic: Range<Int>) -> RoomPayload.Event? {
        guard isName(topic), !Self.reserved.contains(where: { holds(topic, $0) }) else { return nil }
        if skip(",\"rev\":") {
            guard let rev = integer(), rev > 0, skip(",\"data\":"), boundedValue(limit: Self.laterData) else {
                return nil
            }
            return .unknown(.rev(rev))
        }
        guard skip(",\"data\":") else { return nil }
        let start = position
        if let (entry, kind) = laterEntry() {
            return bytes[kind].elementsEqual(bytes[topic]) ? .unknown(.entry(entry)) : nil
        }
        position = start
        return boundedValue(limit: Self.laterData) ? .unknown(nil) : nil
    }

    /// What stands among the messages and is none: `{"seq":…,"kind":…` and any fields.
    mutating func laterEntry() -> (entry: StoredMessage, kind: Range<Int>)? {
        let start = position
        guard skip("{\"seq\":"), let seq = integer(), seq > 0, skip(",\"kind\":"), let kind = identifier(),
            isName(kind), furtherFields(notIn: ["seq", "kind"], limit: Self.laterData) != nil, skip("}")
        else { return nil }
        return (StoredMessage(seq: seq, json: Array(bytes[start..<position]), isKnown: false), kind)
    }

    /// Whether it is 1–32 of `[a-z0-9_]` and begins with a letter.
    private func isName(_ range: Range<Int>) -> Bool {
        guard range.count <= 32, let first = bytes[range].first, Self.isLower(first) else { return false }
        return bytes[range].allSatisfy { Self.isLower($0) || $0 == UInt8(ascii: "_") || $0 &- 0x30 < 10 }
    }

    private static func isLower(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}
