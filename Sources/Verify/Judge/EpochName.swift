/// What the name of an epoch tells: PROTOCOL.md has it begin with the time at which the epoch began, in Unix milliseconds, and
/// an underscore. Other names tell no time.
enum EpochName {
    /// True only where both names carry a time, and the first's is the smaller one.
    static func isOlder(_ epoch: String, than other: String) -> Bool {
        guard let first = time(of: epoch), let second = time(of: other) else { return false }
        return first < second
    }

    private static func time(of epoch: String) -> Int? {
        guard let end = epoch.firstIndex(of: "_") else { return nil }
        let digits = epoch[..<end]
        guard (13...15).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(digits)
    }
}
