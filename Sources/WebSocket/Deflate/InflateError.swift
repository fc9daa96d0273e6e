/// Why a message can't be inflated.
enum InflateError: Error, Sendable, Hashable {
    /// The bytes aren't DEFLATE data (RFC 1951), reach back farther than the window, or end too early.
    case corrupt
    /// The message is longer than the caller's limit.
    case tooBig
}
