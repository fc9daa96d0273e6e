/// Text that takes no memory of its own up to 30 bytes of ASCII; a String does from its sixteenth on.
package struct InlineText: Sendable {
    private let first: String
    private let second: String

    init(_ text: String) {
        first = String(text.prefix(15))
        second = String(text.dropFirst(15))
    }

    var text: String { first + second }
}
