/// What the clients say: the id, and a text that follows from it, so that whoever sees it can tell if it is whole.
enum TestText {
    /// Quotes, a backslash, a line break, two to four bytes of UTF-8: what is easily spoiled on its way.
    private static let filler = "ä\"ß\\n\n€ 😀</b>"

    /// - Parameter length: how often the filler (some 25 bytes) is repeated.
    static func make(id: String, length: Int) -> String {
        "\(id) \(length) " + String(repeating: filler, count: length)
    }

    static func isIntact(_ text: String, id: String) -> Bool {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == id, let length = Int(parts[1]), (0...1_000).contains(length) else {
            return false
        }
        return text == make(id: id, length: length)
    }
}
