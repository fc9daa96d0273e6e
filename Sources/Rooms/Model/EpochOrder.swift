/// Which of two epochs of a room began first, as far as their names tell.
///
/// A name that the store has made begins with the time at which the epoch began, in Unix milliseconds, and is never made
/// smaller than one that was known then. So a store whose data were put back to an older state is recognised by its epoch.
/// Names made by earlier versions are random, and say nothing.
package enum EpochOrder {
    /// True only where both names carry a time, and the first's is the smaller one.
    package static func isOlder(_ epoch: String, than other: String) -> Bool {
        guard let first = time(of: epoch), let second = time(of: other) else { return false }
        return first < second
    }

    /// 13 to 15 digits before the first underscore, as the scripts take them.
    private static func time(of epoch: String) -> Int? {
        let digits = epoch.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (13...15).contains(digits.count), digits.endIndex < epoch.utf8.endIndex,
            epoch.utf8[digits.endIndex] == UInt8(ascii: "_")
        else { return nil }
        return Int(Substring(digits))
    }
}
