/// A request's head once more, from its bytes, by the letter of RFC 9112 and RFC 6455 §4.2.1: nil for one to be refused.
struct HTTPReference {
    let method: String
    let target: String
    /// The digit behind `HTTP/1.`.
    let minor: Int
    let fields: [(name: String, value: String)]
    /// Of Host, or of the target where an old client sends no Host.
    private(set) var host: Authority?

    /// - Parameter head: up to its empty line, and with that.
    init?(_ head: [UInt8]) {
        guard var lines = Self.lines(head), lines.removeLast().isEmpty, lines.removeLast().isEmpty else { return nil }
        // One empty line may stand before a request.
        if lines.first == [] { lines.removeFirst() }
        guard let first = lines.first?.split(separator: 32, omittingEmptySubsequences: false), first.count == 3,
            let method = Self.ascii(Array(first[0])), Self.isToken(method[...]),
            let version = Self.ascii(Array(first[2])), version.count == 8, version.hasPrefix("HTTP/1."),
            let minor = version.last.flatMap({ "0123456789".contains($0) ? $0.wholeNumberValue : nil })
        else { return nil }
        (self.method, target, self.minor) = (method, String(decoding: first[1], as: UTF8.self), minor)
        var fields: [(name: String, value: String)] = []
        for line in lines.dropFirst() {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = Self.ascii(Array(parts[0])), Self.isToken(name[...]) else { return nil }
            fields.append((name, String(decoding: Self.trim(Array(parts[1])), as: UTF8.self)))
        }
        self.fields = fields
        guard let called = Self.authority(ofTarget: target), declaresBody != nil,
            declaresBody == .nothing || !list("upgrade").contains(where: { Self.isEqual($0, "websocket") })
        else { return nil }
        guard minor == 0 || list("expect").allSatisfy({ Self.isEqual($0, "100-continue") }) else { return nil }
        let hosts = values("host").map { Authority($0[...]) }
        if hosts.isEmpty, minor == 0 {
            host = called
        } else {
            guard hosts.count == 1, let host = hosts[0] else { return nil }
            self.host = called ?? host
        }
    }

    func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name }.map(\.value)
    }

    /// The elements of a list field.
    func list(_ name: String) -> [String] {
        values(name).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).map {
                String(decoding: Self.trim(Array($0)), as: UTF8.self)
            }
        }.filter { !$0.isEmpty }
    }

    /// Whether this opens a WebSocket for a page of this very host, or for no page.
    var isHandshake: Bool {
        let keys = values("sec-websocket-key").map { Array($0.utf8) }
        let offers = list("sec-websocket-protocol")
        let origins = values("origin")
        return method == "GET" && minor >= 1 && host != nil
            && list("upgrade").contains { Self.isEqual($0, "websocket") }
            && list("connection").contains { Self.isEqual($0, "upgrade") }
            && values("sec-websocket-version") == ["13"]
            && keys.count == 1 && keys[0].count == 24 && keys[0].dropFirst(22).elementsEqual("==".utf8)
            && keys[0].prefix(22).allSatisfy { Self.isAlphanumeric($0) || "+/".utf8.contains($0) }
            // Two bits of the last digit are the sixteenth byte's.
            && "AQgw".utf8.contains(keys[0][21])
            && offers.allSatisfy { Self.isToken($0[...]) } && Set(offers.map { Array($0.utf8) }).count == offers.count
            && (origins.isEmpty || origins.count == 1 && isOwn(origins[0])) && extensionOffers != nil
    }

    private func isOwn(_ origin: String) -> Bool {
        for (scheme, port) in [("http", 80), ("ws", 80), ("https", 443), ("wss", 443)] {
            let parts = origin.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, Self.isEqual(String(parts[0]), scheme), let theirs = Authority(parts[1]) else {
                continue
            }
            return theirs.host == host?.host && (theirs.port ?? port) == (host?.port ?? port)
        }
        return false
    }

    /// Whether it comes from no page, from a page without an origin, or from `https://a.b`.
    var isListed: Bool {
        let origins = values("origin")
        guard origins.count == 1 else { return origins.isEmpty }
        let parts = origins[0].split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isEqual(String(parts[0]), "https") else { return origins[0] == "null" }
        return Authority(parts[1]).map { $0.host == "a.b" && ($0.port ?? 443) == 443 } ?? false
    }

    struct Authority: Equatable {
        let host: String
        let port: Int?

        init?(_ text: Substring) {
            guard let text = HTTPReference.ascii(Array(text.utf8)) else { return nil }
            let isAddress = text.hasPrefix("[")
            let end = isAddress ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
            let name = text[..<(end ?? text.endIndex)]
            let rest = text[name.endIndex...]
            let allowed = isAddress ? "0123456789abcdefABCDEF:." : "-._~"
            let inside = isAddress ? name.dropFirst().dropLast() : name
            guard !inside.isEmpty, !isAddress || name.hasSuffix("]"),
                inside.utf8.allSatisfy({ allowed.utf8.contains($0) || !isAddress && HTTPReference.isAlphanumeric($0) })
            else { return nil }
            host = name.lowercased()
            guard rest.hasPrefix(":") else {
                guard rest.isEmpty else { return nil }
                port = nil
                return
            }
            if rest.count == 1 {
                port = nil
                return
            }
            // Leading zeros count for nothing.
            let digits = rest.dropFirst().drop { $0 == "0" }
            guard digits.count <= 5, digits.allSatisfy({ "0123456789".contains($0) }) else {
                return nil
            }
            port = Int(digits) ?? 0
            guard let port, port < 65_536 else { return nil }
        }
    }

    /// The authority in a target that is a URL, no authority in a path, and nil for what is no target.
    private static func authority(ofTarget target: String) -> Authority?? {
        let bytes = Array(target.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 > 32 && $0 != 127 && $0 != UInt8(ascii: "#") }) else { return nil }
        if target == "*" { return .some(nil) }
        let path = Array(bytes.prefix { $0 != UInt8(ascii: "?") })
        guard isPercentEncodedText(path) else { return nil }
        if bytes[0] == UInt8(ascii: "/") { return .some(nil) }
        guard let text = ascii(path) ?? ascii(path.prefix { $0 < 128 }) else { return nil }
        for scheme in ["http://", "https://", "ws://", "wss://"] where text.lowercased().hasPrefix(scheme) {
            let name = path.dropFirst(scheme.utf8.count).prefix { $0 != UInt8(ascii: "/") }
            return Authority(String(decoding: name, as: UTF8.self)[...]).map { .some($0) }
        }
        return nil
    }

    private static func isPercentEncodedText(_ text: [UInt8]) -> Bool {
        let parts = text.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).map(Array.init)
        var decoded = parts[0]
        for part in parts.dropFirst() {
            let digits = String(decoding: part.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, digits.utf8.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }),
                let byte = UInt8(digits, radix: 16)
            else { return false }
            decoded += [byte] + part.dropFirst(2)
        }
        return String(validating: decoded, as: UTF8.self) != nil
    }

    /// The lines between CRLFs, the last without one; nil where another control character than a tab stands.
    static func lines(_ bytes: [UInt8]) -> [[UInt8]]? {
        var lines: [[UInt8]] = [[]]
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == 13, rest.first == 10 {
                rest.removeFirst()
                lines.append([])
            } else {
                guard byte == 9 || byte >= 32 && byte != 127 else { return nil }
                lines[lines.count - 1].append(byte)
            }
        }
        return lines
    }

    static func trim(_ bytes: [UInt8]) -> [UInt8] {
        Array(bytes.drop { $0 == 32 || $0 == 9 }.reversed().drop { $0 == 32 || $0 == 9 }.reversed())
    }

    static func ascii(_ bytes: some Collection<UInt8>) -> String? {
        bytes.allSatisfy { $0 < 128 } ? String(decoding: bytes, as: UTF8.self) : nil
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8.contains(byte)
    }

    static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// `pattern` is in lower case.
    static func isEqual(_ text: String, _ pattern: String) -> Bool {
        text.utf8.allSatisfy { $0 < 128 } && text.lowercased() == pattern
    }
}
