/// What may stand in a room's channel and in its store, once more: from JSON to its one valid form.
///
/// Numbers and texts are compared by their bytes: two texts that Swift takes for equal need not be the same.
struct RoomPayloadReference {
    /// The payload as our scripts write it; nil for what is none of ours, or not to be had from `json`.
    static func payload(_ json: JSONReference) -> [UInt8]? {
        guard let epoch = json["epoch"]?.text, (1...64).contains(epoch.utf8.count), let data = json["data"] else {
            return nil
        }
        let topic = json["topic"]?.text ?? ""
        let rev = number(json["rev"]).flatMap { $0 > 0 ? ",\"rev\":\($0)" : nil }
        if !known.contains(topic) {
            guard isKind(topic), let content = later(topic, data, isCounted: json["rev"] != nil) else { return nil }
            guard let rev = json["rev"] == nil ? "" : rev else { return nil }
            return Array("{\"topic\":\"\(topic)\",\"epoch\":\(quoted(epoch))\(rev),\"data\":\(content)}".utf8)
        }
        let (start, isCounted, content): (String, Bool, String?) =
            switch topic {
            case "messages": (topic, false, message(data).map { String(decoding: $0, as: UTF8.self) })
            case "typing": (topic, false, identifier(data))
            case "member_add", "member_update": (topic, true, member(data))
            case "member_delete": (topic, true, identifier(data))
            case "_moved": (topic, true, moved(data))
            default: ("", false, nil)
            }
        guard let content, let rev = isCounted ? rev : "" else { return nil }
        return Array("{\"topic\":\"\(start)\",\"epoch\":\(quoted(epoch))\(rev),\"data\":\(content)}".utf8)
    }

    private static let known = ["messages", "typing", "member_add", "member_update", "member_delete", "_moved"]

    /// Whether a later version may call an event so.
    private static func isKind(_ text: String) -> Bool {
        let taken = [
            "welcome", "member_history", "message_history", "message_page", "member_count", "ack", "error", "gap",
            "reset", "reconnect", "pong", "ping", "send", "rename", "history",
        ]
        let (letters, others) = ("abcdefghijklmnopqrstuvwxyz".utf8, "0123456789_".utf8)
        return (1...32).contains(text.utf8.count) && !taken.contains(text) && letters.contains(text.utf8.first!)
            && text.utf8.allSatisfy { letters.contains($0) || others.contains($0) }
    }

    /// The data of an event that isn't known.
    private static func later(_ kind: String, _ data: JSONReference, isCounted: Bool) -> String? {
        if !isCounted, let entry = entry(data) { return data["kind"]?.text == kind ? entry : nil }
        guard let content = value(data, depth: 0), content.utf8.count <= 16_384 else { return nil }
        return content
    }

    /// What stands among the messages and is none.
    static func entry(_ json: JSONReference) -> String? {
        guard let fields = json.fields, fields.count >= 2, fields[0].key == "seq", fields[1].key == "kind",
            let seq = number(json["seq"]), seq > 0, let kind = json["kind"]?.text,
            let further = further(json, besides: ["seq", "kind"], limit: 16_384)
        else { return nil }
        let letters = "abcdefghijklmnopqrstuvwxyz".utf8
        guard (1...32).contains(kind.utf8.count), letters.contains(kind.utf8.first!),
            kind.utf8.allSatisfy({ letters.contains($0) || "0123456789_".utf8.contains($0) })
        else { return nil }
        return "{\"seq\":\(seq),\"kind\":\"\(kind)\"\(further)}"
    }

    /// What a later version has added, as it is to be written.
    static func further(_ json: JSONReference, besides known: [String], limit: Int) -> String? {
        let fields = (json.fields ?? []).filter { !known.contains($0.key) }
        guard let content = self.fields(fields, depth: 1) else { return nil }
        let text = content.isEmpty ? "" : "," + content
        return text.utf8.count <= limit ? text : nil
    }

    private static func fields(_ fields: [JSONReference.Field], depth: Int) -> String? {
        guard fields.count <= 32 else { return nil }
        var parts: [String] = []
        for field in fields {
            guard isKey(field.key), let value = value(field.value, depth: depth) else { return nil }
            parts.append("\"\(field.key)\":\(value)")
        }
        return parts.joined(separator: ",")
    }

    private static func isKey(_ text: String) -> Bool {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8
        guard let first = text.utf8.first, letters.contains(first), text.utf8.count <= 64 else { return false }
        return text.utf8.allSatisfy { letters.contains($0) || "0123456789_".utf8.contains($0) }
    }

    private static func value(_ json: JSONReference, depth: Int) -> String? {
        switch json {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .number(let digits): return digits.utf8.count <= 40 ? digits : nil
        case .string(let text): return quoted(text)
        case .array(let items):
            let values = items.compactMap { value($0, depth: depth + 1) }
            guard depth < 8, values.count == items.count else { return nil }
            return "[" + values.joined(separator: ",") + "]"
        case .object(let fields):
            guard depth < 8, let content = self.fields(fields, depth: depth + 1) else { return nil }
            return "{" + content + "}"
        }
    }

    static func message(_ json: JSONReference) -> [UInt8]? {
        let ours = ["seq", "id", "date", "socket", "username", "avatar", "message"]
        guard let seq = number(json["seq"]), seq > 0, let id = identifier(json["id"]), let date = number(json["date"]),
            let who = who(json), let text = json["message"]?.text,
            let further = further(json, besides: ours, limit: 4_096)
        else { return nil }
        return Array(
            "{\"seq\":\(seq),\"id\":\(id),\"date\":\(date),\(who),\"message\":\(quoted(text))\(further)}".utf8)
    }

    /// As browsers get it.
    static func member(_ json: JSONReference) -> String? { memberHead(json).map { $0 + "}" } }

    /// As the roster has it, or as browsers get it.
    static func storedMember(_ json: JSONReference) -> [UInt8]? {
        guard let head = memberHead(json) else { return nil }
        guard let server = json["server"] else { return Array((head + "}").utf8) }
        guard let generation = number(json["generation"]),
            let name = server == .string("") ? "\"\"" : identifier(server)
        else { return nil }
        return Array((head + ",\"server\":\(name),\"generation\":\(generation)}").utf8)
    }

    private static func memberHead(_ json: JSONReference) -> String? {
        let ours = ["socket", "username", "avatar", "joined", "server", "generation"]
        guard let who = who(json), let joined = number(json["joined"]),
            let further = further(json, besides: ours, limit: 512)
        else { return nil }
        return "{\(who),\"joined\":\(joined)\(further)"
    }

    private static func moved(_ json: JSONReference) -> String? {
        guard let socket = identifier(json["socket"]), let server = identifier(json["server"]),
            let generation = number(json["generation"])
        else { return nil }
        return "{\"socket\":\(socket),\"server\":\(server),\"generation\":\(generation)}"
    }

    private static func who(_ json: JSONReference) -> String? {
        guard let socket = identifier(json["socket"]), let name = json["username"]?.text, Member.isStorableName(name),
            let avatar = json["avatar"]?.text, avatar.utf8.starts(with: "/avatars/".utf8),
            avatar.utf8.reversed().starts(with: ".svg".utf8.reversed()),
            identifier(.string(String(decoding: avatar.utf8.dropFirst(9).dropLast(4), as: UTF8.self))) != nil
        else { return nil }
        return "\"socket\":\(socket),\"username\":\(quoted(name)),\"avatar\":\(quoted(avatar))"
    }

    /// A whole number in its shortest form.
    static func number(_ json: JSONReference?) -> Int? {
        guard case .number(let digits) = json, let number = Int(digits) else { return nil }
        return String(number) == digits ? number : nil
    }

    private static func identifier(_ json: JSONReference?) -> String? {
        let allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8
        guard let text = json?.text, (1...64).contains(text.utf8.count), text.utf8.allSatisfy(allowed.contains) else {
            return nil
        }
        return quoted(text)
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\0"..."\u{F}": quoted += "\\u000" + String(scalar.value, radix: 16)
            case "\u{10}"..."\u{1F}": quoted += "\\u00" + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
