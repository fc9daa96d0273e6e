/// What a room's channel carries. Anybody who can reach Redis can publish there, so all of it is checked.
package struct RoomPayload: Hashable, Sendable {
    package enum Event: Hashable, Sendable {
        case message(StoredMessage)
        case memberAdd(Member, rev: Int)
        case memberUpdate(Member, rev: Int)
        case memberDelete(socket: String, rev: Int)
        case typing(socket: String)
        /// The member's connection is the one of this generation now. Never forwarded.
        case moved(socket: String, server: String, generation: Int, rev: Int)
        /// Of a kind that a later version of this server has brought: it counts, and isn't shown.
        case unknown(EventNumber?)
    }

    /// What an event counts in its room's log.
    package enum EventNumber: Hashable, Sendable {
        /// It stands among the messages.
        case entry(StoredMessage)
        case rev(Int)
    }

    let epoch: String
    let event: Event
    /// The payload itself: what browsers get.
    let json: [UInt8]

    /// Larger than any payload of ours: a text of the largest size, every byte of it escaped.
    package static func sizeLimit(text: Int) -> Int { 6 * text + 16 * 1024 }

    /// For what is known to be ours.
    init(epoch: String, event: Event, json: [UInt8]) {
        self.epoch = epoch
        self.event = event
        self.json = json
    }

    /// nil for what isn't ours, to the byte: only the one form in which scripts write it is taken. So nothing foreign rides
    /// along to browsers, and no parser can see in it what this one does not.
    init?(_ json: some Collection<UInt8>, sizeLimit: Int) {
        guard json.count <= sizeLimit else { return nil }
        let bytes = Array(json)
        guard let (epoch, event) = bytes.withUnsafeBufferPointer({ Self.read($0) }) else { return nil }
        self.init(epoch: epoch, event: event, json: bytes)
    }

    private static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> (epoch: String, event: Event)? {
        var scanner = CanonicalScanner(bytes)
        guard scanner.skip("{\"topic\":"), let topic = scanner.identifier(), scanner.skip(",\"epoch\":"),
            let epoch = scanner.text(), (1...64).contains(scanner.byteCount(epoch)),
            let event = scanner.event(topic), scanner.skip("}"), scanner.isAtEnd
        else { return nil }
        return (scanner.string(epoch), event)
    }
}

extension CanonicalScanner {
    /// What follows the epoch of an event.
    fileprivate mutating func event(_ topic: Range<Int>) -> RoomPayload.Event? {
        if holds(topic, "messages") {
            guard skip(",\"data\":"), let message = message() else { return nil }
            return .message(message)
        }
        if holds(topic, "typing") {
            guard skip(",\"data\":"), let socket = identifier() else { return nil }
            return .typing(socket: string(socket))
        }
        let isKnown =
            holds(topic, "member_add") || holds(topic, "member_update") || holds(topic, "member_delete")
            || holds(topic, "_moved")
        if !isKnown { return laterEvent(topic) }
        guard let rev = rev(), skip(",\"data\":") else { return nil }
        if holds(topic, "member_delete") { return identifier().map { .memberDelete(socket: string($0), rev: rev) } }
        if holds(topic, "_moved") { return moved(rev: rev) }
        guard let member = member(), skip("}") else { return nil }
        return holds(topic, "member_add") ? .memberAdd(member, rev: rev) : .memberUpdate(member, rev: rev)
    }

    private mutating func rev() -> Int? {
        guard skip(",\"rev\":"), let rev = integer(), rev > 0 else { return nil }
        return rev
    }

    private mutating func moved(rev: Int) -> RoomPayload.Event? {
        guard skip("{\"socket\":"), let socket = identifier(), skip(",\"server\":"), let server = identifier(),
            skip(",\"generation\":"), let generation = integer(), skip("}")
        else { return nil }
        return .moved(socket: string(socket), server: string(server), generation: generation, rev: rev)
    }

    func string(_ range: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }
}
