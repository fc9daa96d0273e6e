/// Sums up storms of lines: of lines of one kind the first few different ones of an interval are told, the rest are
/// counted and told as a number. Pure: time comes in as an argument.
struct RepeatedLines {
    /// Where in the program a line comes from: that makes its kind.
    struct Kind: Hashable {
        let file: String
        let line: Int
    }

    private struct Storm {
        let ends: ContinuousClock.Instant
        let level: Log.Level
        /// What has been told in this interval.
        var told: [String]
        /// What came last and was not told, and how many there were.
        var last = ""
        var count = 0
    }

    static let interval: Duration = .seconds(10)
    /// So many different lines of one kind are told in an interval; one that was told already is not.
    static let variety = 8

    private var storms: [Kind: Storm] = [:]

    /// Whether the line is to be told now.
    mutating func admits(
        _ line: String, _ level: Log.Level, of kind: Kind, at now: ContinuousClock.Instant
    ) -> Bool {
        guard var storm = storms.removeValue(forKey: kind), now < storm.ends else {
            storms[kind] = Storm(ends: now + Self.interval, level: level, told: [line])
            return true
        }
        defer { storms[kind] = storm }
        if storm.told.count < Self.variety, !storm.told.contains(line) {
            storm.told.append(line)
            return true
        }
        storm.last = line
        storm.count += 1
        return false
    }

    /// When there will be something to tell; nil while nothing was left out.
    var nextSummary: ContinuousClock.Instant? {
        storms.values.lazy.filter { $0.count > 0 }.map(\.ends).min()
    }

    /// How many lines were left out in the intervals that are over, in words. To be called before `admits`.
    mutating func summaries(at now: ContinuousClock.Instant) -> [(level: Log.Level, words: String)] {
        if storms.isEmpty { return [] }
        let over = storms.filter { $0.value.ends <= now }
        for kind in over.keys { storms[kind] = nil }
        return over.values.filter { $0.count > 0 }.sorted { $0.ends < $1.ends }.map { storm in
            let seconds = Self.interval.components.seconds
            return (storm.level, "… \(storm.count) more like this in \(seconds) s: \(storm.last)")
        }
    }
}
