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

    static func message(_ json: JSONReference) -> [UInt8]? {
        guard let seq = number(json["seq"]), seq > 0, let id = identifier(json["id"]), let date = number(json["date"]),
            let who = who(json), let text = json["message"]?.text
        else { return nil }
        return Array("{\"seq\":\(seq),\"id\":\(id),\"date\":\(date),\(who),\"message\":\(quoted(text))}".utf8)
    }

    /// As browsers get it.
    static func member(_ json: JSONReference) -> String? {
        guard let who = who(json), let joined = number(json["joined"]) else { return nil }
        return "{\(who),\"joined\":\(joined)}"
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
