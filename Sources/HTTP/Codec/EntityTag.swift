/// The name of one version of a representation: RFC 9110 §8.8.3.
package struct EntityTag: Sendable, Hashable {
    /// What stands between the quotes: visible ASCII without quotes, or bytes above it.
    package let opaque: String
    /// Whether it vouches for the meaning alone, not for every byte.
    package let isWeak: Bool

    package init(_ opaque: String, isWeak: Bool = false) {
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// As it stands in a field.
    package var fieldValue: String { "\(isWeak ? "W/" : "")\"\(opaque)\"" }

    /// The tags that a list names, as in If-None-Match; nil if it is no such list.
    ///
    /// A tag may hold commas, so the list can't be cut at them first.
    static func list(_ text: String) -> [EntityTag]? {
        var tags: [EntityTag] = []
        var rest = Array(text.utf8)[...]
        var isSeparated = true
        while let byte = rest.first {
            if HTTPSyntax.isWhitespace(byte) {
                rest.removeFirst()
            } else if byte == UInt8(ascii: ",") {
                isSeparated = true
                rest.removeFirst()
            } else {
                guard isSeparated, let tag = take(from: &rest) else { return nil }
                tags.append(tag)
                isSeparated = false
            }
        }
        return tags
    }

    private static func take(from rest: inout ArraySlice<UInt8>) -> EntityTag? {
        // The W is upper case: RFC 9110 §8.8.3 gives it case-sensitively.
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest.removeFirst(2) }
        guard rest.popFirst() == UInt8(ascii: "\""), let end = rest.firstIndex(of: UInt8(ascii: "\"")) else {
            return nil
        }
        let opaque = rest[..<end]
        guard opaque.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        rest = rest[(end + 1)...]
        return EntityTag(String(decoding: opaque, as: UTF8.self), isWeak: isWeak)
    }
}

extension HTTPRequest {
    /// Whether If-None-Match says that the client has this representation already: then a GET or HEAD is answered
    /// with 304 (RFC 9110 §13.1.2).
    ///
    /// Tags are compared weakly: a proxy that compresses what passes through it makes them weak. A malformed field
    /// counts as absent.
    package func alreadyHas(_ tag: EntityTag) -> Bool {
        let text = headers.values("If-None-Match").joined(separator: ",")
        if HTTPSyntax.trimmed(Array(text.utf8)).elementsEqual("*".utf8) { return true }
        return EntityTag.list(text)?.contains { $0.opaque == tag.opaque } ?? false
    }
}
