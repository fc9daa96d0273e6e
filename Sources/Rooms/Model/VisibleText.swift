/// What a stranger sent, for a line of the log: visible ASCII in quotes, and not much of it.
package enum VisibleText {
    private static let longest = 120

    /// Everything but visible ASCII becomes a question mark, a quote as well; what is too long ends in dots.
    package static func quoted(_ text: some StringProtocol) -> String {
        let visible = text.unicodeScalars.prefix(longest).map { scalar -> Character in
            (0x21...0x7E).contains(scalar.value) && scalar != "'" ? Character(scalar) : "?"
        }
        let isWhole = text.unicodeScalars.dropFirst(longest).isEmpty
        return "'" + String(visible) + (isWhole ? "'" : "…'")
    }
}
