/// Which rooms may be entered: those whose names match a pattern, and those that exist already. Pure.
///
/// Anybody may name a room in the address, and each one entered costs memory here and keys in the store. Where rooms are
/// given out rather than made by whoever comes, this says which there are.
package struct RoomPolicy: Sendable {
    /// Patterns of names, in each of which `*` stands for any characters, or none, and `?` for one.
    private let patterns: [[UInt8]]
    /// Whether a room that the store knows may be entered whatever its name is.
    package let admitsExisting: Bool

    /// Every room.
    package static let any = RoomPolicy(patterns: [[UInt8(ascii: "*")]], admitsExisting: false)

    private init(patterns: [[UInt8]], admitsExisting: Bool) {
        (self.patterns, self.admitsExisting) = (patterns, admitsExisting)
    }

    /// - Parameter list: patterns of names, and `@existing` for the rooms there are already.
    /// - Returns: nil for an empty list, and for a pattern that no room's name could match.
    package init?(allowing list: [String]) {
        let patterns = list.filter { $0 != Self.existing }
        guard !list.isEmpty, patterns.allSatisfy(Self.isPattern) else { return nil }
        self.init(patterns: patterns.map { Array($0.utf8) }, admitsExisting: patterns.count < list.count)
    }

    static let existing = "@existing"

    private static func isPattern(_ text: String) -> Bool {
        RoomName(String(text.map { $0 == "*" || $0 == "?" ? "x" : $0 })) != nil
    }

    /// Whether the room's name is enough to let somebody in.
    package func admits(_ room: RoomName) -> Bool {
        let name = Array(room.text.utf8)
        return patterns.contains { Self.matches(name, $0) }
    }

    /// In time proportional to the product of both lengths at most: a star that was passed is gone back to, only the last.
    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, position) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while at < name.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = (position, at)
                position += 1
            } else if position < pattern.count,
                pattern[position] == name[at] || pattern[position] == UInt8(ascii: "?")
            {
                (at, position) = (at + 1, position + 1)
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                (at, position) = (last.name + 1, last.pattern + 1)
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
