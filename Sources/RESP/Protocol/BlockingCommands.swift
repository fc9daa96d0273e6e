/// Commands that Redis may answer late though it is neither busy nor gone: they wait for others.
/// <https://redis.io/docs/latest/commands/?group=list> and the other families' blocking variants.
enum BlockingCommands {
    private static let names: Set<String> = [
        "BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "XREAD", "XREADGROUP",
        "WAIT", "WAITAOF", "FAILOVER",
    ]

    static func contains(_ name: String) -> Bool { names.contains(name.uppercased()) }

    /// Whether one is among the commands that stand encoded in `bytes`.
    static func isAny(in bytes: [UInt8]) -> Bool {
        var decoder = RESPDecoder()
        bytes.withUnsafeBytes { decoder.append($0) }
        while let command = try? decoder.next() {
            if let name = command.elements?.first?.string, contains(name) { return true }
        }
        return false
    }
}
