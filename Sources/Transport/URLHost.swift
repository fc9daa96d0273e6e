package enum URLHost {
    /// A URL's host as a name or address; nil for what is none: nothing, half a pair of brackets, spaces and control
    /// characters.
    package static func withoutBrackets(_ host: String) -> String? {
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        let isHost = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"[]".utf8.contains($0) }
        return isHost ? name : nil
    }
}
