/// A Lua script that runs inside Redis. <https://redis.io/docs/latest/develop/programmability/eval-intro/>
///
/// It is loaded by SCRIPT LOAD and runs by EVALSHA, never by EVAL: a client needs to be allowed those two alone.
public struct RedisScript: Hashable, Sendable {
    private final class Content: Sendable {
        let source: String
        let digest: String

        init(_ source: String) {
            self.source = source
            digest = SHA1.hexadecimal(of: source.utf8)
        }
    }

    private let content: Content

    public init(_ source: String) { content = Content(source) }

    public var source: String { content.source }
    /// The SHA-1 of the source in hexadecimal digits: what Redis calls the script by.
    public var digest: String { content.digest }

    public static func == (one: RedisScript, other: RedisScript) -> Bool {
        one.content === other.content || one.digest == other.digest
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }

    var loadCommand: RedisCommand { RedisCommand("SCRIPT", "LOAD", source) }
}
