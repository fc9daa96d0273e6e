/// Messages and members as the store has them, checked. nil for what isn't one, to the byte.
extension StoredMessage {
    init?(stored json: some Collection<UInt8>, sizeLimit: Int) {
        guard json.count <= sizeLimit else { return nil }
        let message = Array(json).withUnsafeBufferPointer { bytes -> StoredMessage? in
            var scanner = CanonicalScanner(bytes)
            var message = scanner.message()
            if message == nil {
                scanner.position = 0
                message = scanner.laterEntry()?.entry
            }
            return scanner.isAtEnd ? message : nil
        }
        guard let message else { return nil }
        self = message
    }
}

extension Member {
    init?(stored json: some Collection<UInt8>) {
        guard let stored = StoredMember(stored: json) else { return nil }
        self = stored.member
    }
}

extension StoredMember {
    init?(stored json: some Collection<UInt8>, sizeLimit: Int = 4096) {
        guard json.count <= sizeLimit else { return nil }
        let member = Array(json).withUnsafeBufferPointer { bytes -> StoredMember? in
            var scanner = CanonicalScanner(bytes)
            let member = scanner.storedMember()
            return scanner.isAtEnd ? member : nil
        }
        guard let member else { return nil }
        self = member
    }
}

extension CanonicalScanner {
    private static let messageFields: [StaticString] = [
        "seq", "id", "date", "socket", "username", "avatar", "message",
    ]
    private static let memberFields: [StaticString] = [
        "socket", "username", "avatar", "joined", "server", "generation",
    ]

    mutating func message() -> StoredMessage? {
        let start = position
        guard skip("{\"seq\":"), let seq = integer(), seq > 0, skip(",\"id\":"), identifier() != nil,
            skip(",\"date\":"), integer() != nil, skip(",\"socket\":"), identifier() != nil, name() != nil,
            avatar() != nil, skip(",\"message\":"), text() != nil,
            furtherFields(notIn: Self.messageFields, limit: Self.messageAdditions) != nil, skip("}")
        else { return nil }
        return StoredMessage(seq: seq, json: Array(bytes[start..<position]))
    }

    /// A member up to the closing brace, or to what only the store has of it.
    mutating func member() -> Member? {
        guard skip("{\"socket\":"), let socket = identifier(), let name = name(), let avatar = avatar(),
            skip(",\"joined\":"), let joined = integer(),
            let further = furtherFields(notIn: Self.memberFields, limit: Self.memberAdditions)
        else { return nil }
        return Member(
            socket: string(socket), username: string(name), avatar: string(avatar), joined: Int64(joined),
            further: Array(bytes[further]))
    }

    /// As the roster has it, or as browsers do.
    fileprivate mutating func storedMember() -> StoredMember? {
        guard let member = member() else { return nil }
        if skip("}") { return StoredMember(member: member, server: "", generation: 0) }
        guard skip(",\"server\":") else { return nil }
        var server = ""
        if !skip("\"\"") {
            guard let name = identifier() else { return nil }
            server = string(name)
        }
        guard skip(",\"generation\":"), let generation = integer(), skip("}") else { return nil }
        return StoredMember(member: member, server: server, generation: generation)
    }

    /// A name as the store may hold it. Most are plain ASCII, of which no copy is made to look at them.
    private mutating func name() -> Text? {
        guard skip(",\"username\":"), let name = text() else { return nil }
        if name.isPrintableASCII {
            guard let first = bytes[name.range].first, let last = bytes[name.range].last,
                first != 0x20, last != 0x20, name.range.count <= Member.longestNameInBytes
            else { return nil }
            return name
        }
        return Member.isStorableName(string(name)) ? name : nil
    }

    private mutating func avatar() -> Range<Int>? {
        guard skip(",\"avatar\":") else { return nil }
        return avatarPath()
    }
}
