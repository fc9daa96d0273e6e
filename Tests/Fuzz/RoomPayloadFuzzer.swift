// Built with the sources it tests into one module by Scripts/fuzz.sh: SwiftPM can't link libFuzzer.

/// What is published: accepted just when it is to the byte what the reference would write.
private func checkPayload(_ bytes: [UInt8], sizeLimit: Int) {
    let payload = RoomPayload(bytes, sizeLimit: sizeLimit)
    let isOurs = JSONReference(bytes).flatMap(RoomPayloadReference.payload) == bytes
    demand((payload != nil) == (isOurs && bytes.count <= sizeLimit), isOurs ? "ours is dropped" : "junk passes")
    guard let payload else { return }
    demand(payload.json == bytes, "other bytes go on")
    demand(payload == RoomPayload(bytes, sizeLimit: sizeLimit), "the second time it is another payload")
    demand((1...64).contains(payload.epoch.utf8.count), "an epoch of no or any length")
    demand(encoded(payload) == bytes, "what was understood isn't what is said")
    for junk in [bytes + [0x20], [0x0A] + bytes, bytes + bytes, bytes.dropLast(), [0xEF, 0xBB, 0xBF] + bytes] {
        demand(RoomPayload(junk, sizeLimit: .max) == nil, "more or less passes as well")
    }
}

private func encoded(_ payload: RoomPayload) -> [UInt8] {
    let epoch = payload.epoch
    switch payload.event {
    case .message(let message):
        demand(message.seq > 0, "a message without a number")
        checkMessage(message.json, sizeLimit: .max)
        return StoreFormat.message(message.json, epoch: epoch)
    case .memberAdd(let member, let rev):
        check(member)
        return StoreFormat.memberAdd(StoreFormat.member(member), epoch: epoch, rev: rev)
    case .memberUpdate(let member, let rev):
        check(member)
        return StoreFormat.memberUpdate(StoreFormat.member(member), epoch: epoch, rev: rev)
    case .memberDelete(let socket, let rev): return StoreFormat.memberDelete(socket, epoch: epoch, rev: rev)
    case .typing(let socket): return StoreFormat.typing(socket, epoch: epoch)
    case .moved(let socket, let server, let generation, let rev):
        return StoreFormat.moved(socket, server: server, generation: generation, epoch: epoch, rev: rev)
    case .unknown(let number):
        if case .entry(let entry) = number { demand(!entry.isKnown && entry.seq > 0, "an entry is a message") }
        if case .rev(let rev) = number { demand(rev > 0, "a rev counts from 1") }
        // It is shown to nobody.
        return payload.json
    }
}

private func checkMessage(_ bytes: [UInt8], sizeLimit: Int) {
    let message = StoredMessage(stored: bytes, sizeLimit: sizeLimit)
    let json = JSONReference(bytes)
    let isMessage = json.flatMap(RoomPayloadReference.message) == bytes
    let isOurs = isMessage || json.flatMap(RoomPayloadReference.entry).map { Array($0.utf8) } == bytes
    demand((message != nil) == (isOurs && bytes.count <= sizeLimit), isOurs ? "ours is dropped" : "junk passes")
    guard let message else { return }
    demand(message.isKnown == isMessage, "a message is none")
    demand(message.json == bytes, "other bytes are kept")
    demand(message.seq == RoomPayloadReference.number(json?["seq"]), "another number")
    if !isMessage { return }
    // In a page and in a payload it stays what it is.
    let page = JSONReference(TopicJSON.messagePage([message, message], isComplete: true, epoch: "\"\u{1F}"))
    guard let json else { return }
    demand(page?["data"]?["messages"] == .array([json, json]), "a page says something else")
    demand(page?["epoch"]?.text == "\"\u{1F}", "a page has another epoch")
    demand(
        RoomPayload(StoreFormat.message(bytes, epoch: "e"), sizeLimit: .max)?.event == .message(message), "it changes")
}

private func check(_ member: Member) {
    demand(isIdentifier(member.socket), "a socket is none")
    // By any version of the server: the rule for new names is stricter.
    demand((1...640).contains(member.username.utf8.count), "a name is too long")
    demand(member.avatar.utf8.count <= 77 && !member.avatar.contains(".."), "an avatar is elsewhere")
    let json = StoreFormat.member(member)
    demand(Member(stored: json) == member, "written again it is another member")
    demand(JSONReference(json).flatMap(RoomPayloadReference.member).map { Array($0.utf8) } == json, "it is no member")
}

private func isIdentifier(_ text: String) -> Bool {
    let allowed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_abcdefghijklmnopqrstuvwxyz".utf8
    return (1...64).contains(text.utf8.count) && Set(text.utf8).isSubset(of: allowed)
}

/// What the roster holds, and the session.
private func checkMember(_ bytes: [UInt8]) {
    let stored = StoredMember(stored: bytes)
    demand(Member(stored: bytes) == stored?.member, "two readings of one member")
    let json = JSONReference(bytes)
    let isOurs = bytes.count <= 4_096 && json.flatMap(RoomPayloadReference.storedMember) == bytes
    demand((stored != nil) == isOurs, isOurs ? "ours is dropped" : "junk passes")
    guard let stored else { return }
    check(stored.member)
    demand(Array(stored.server.utf8) == Array((json?["server"]?.text ?? "").utf8), "another server")
    demand(stored.generation == RoomPayloadReference.number(json?["generation"]) ?? 0, "another generation")
    let written =
        StoreFormat.memberHead(stored.member) + Array(String(stored.member.joined).utf8) + stored.member.further
        + StoreFormat.memberTail(server: stored.server) + Array("\(stored.generation)}".utf8)
    demand(written.count > 4_096 || StoredMember(stored: written) == stored, "stored again it is another member")
}

/// What our own scripts would write of these texts, whatever they are.
private func written(_ texts: [String]) -> [[UInt8]] {
    let text = { texts.indices.contains($0) ? texts[$0] : "s" }
    let (epoch, socket) = (text(1), text(2))
    let member = Member(
        socket: socket, username: text(3), avatar: "/avatars/\(text(4)).svg", joined: Int64(text(5)) ?? 5)
    let number = Int(text(6)) ?? 7
    let pieces = StoreFormat.messagePieces(OutgoingMessage(id: text(7), member: member, text: text(8)))
    let message = pieces.head + Array("\(number)".utf8) + pieces.middle + Array("\(number)".utf8) + pieces.tail
    return [
        message, StoreFormat.member(member), StoreFormat.message(message, epoch: epoch),
        StoreFormat.memberAdd(StoreFormat.member(member), epoch: epoch, rev: number),
        StoreFormat.memberUpdate(StoreFormat.member(member), epoch: epoch, rev: number),
        StoreFormat.memberDelete(socket, epoch: epoch, rev: number), StoreFormat.typing(socket, epoch: epoch),
        StoreFormat.moved(socket, server: text(9), generation: number, epoch: epoch, rev: number),
    ]
        + [
            // What a later version may write.
            "{\"topic\":\"\(text(7))\",\"epoch\":\"e\",\"rev\":\(number),\"data\":\(text(8))}",
            "{\"topic\":\"\(text(7))\",\"epoch\":\"e\",\"data\":{\"seq\":\(number),\"kind\":\"\(text(9))\",\"x\":\(text(8))}}",
            "{\"seq\":\(number),\"kind\":\"\(text(7))\",\"\(text(9))\":\(text(8))}",
            "{\"socket\":\"s\",\"username\":\"Ada\",\"avatar\":\"/avatars/s.svg\",\"joined\":5,\"\(text(9))\":\(text(8)),\"server\":\"s\",\"generation\":\(number)}",
        ].map { Array($0.utf8) } + [message.dropLast() + Array(",\"\(text(9))\":\(text(8))}".utf8)]
}

private func check(_ bytes: [UInt8]) {
    checkPayload(bytes, sizeLimit: RoomPayload.sizeLimit(text: 8_192))
    checkMessage(bytes, sizeLimit: RoomPayload.sizeLimit(text: 8_192))
    // So small that short inputs reach it.
    checkPayload(bytes, sizeLimit: 100)
    checkMessage(bytes, sizeLimit: 120)
    checkMember(bytes)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    // No JSON begins with FF: then the bytes between FF are texts to be written.
    guard input.first == 0xFF else {
        check(Array(input))
        return 0
    }
    let texts = input.split(separator: 0xFF, omittingEmptySubsequences: false)
    for json in written(texts.map { String(decoding: $0, as: UTF8.self) }) { check(json) }
    return 0
}
