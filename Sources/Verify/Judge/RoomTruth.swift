/// A room as Redis holds it, read again and again while the run goes on.
struct RoomTruth: Sendable {
    struct Entry: Hashable, Sendable {
        let seq: Int
        let id: String
        let socket: String
        /// False for an entry of a kind that no client is shown: what a later version of the server has brought.
        var isShown = true
    }

    /// One atomic look at the room.
    struct Reading: Hashable, Sendable {
        var epoch: String
        var previous: String?
        var base: Int
        var seq: Int
        /// In order of their scores.
        var entries: [Entry]
        var members: Set<String>
        /// From the oldest held, not only what is new.
        var isWhole: Bool
    }

    /// How an epoch goes on from the one before it.
    struct Link: Hashable, Sendable {
        let previous: String?
        let base: Int
    }

    /// So long after the data were put back in place servers have found that out, and begun a fresh epoch.
    static let healing: Duration = .seconds(15)

    private(set) var links: [String: Link] = [:]
    private(set) var epoch: String?
    private(set) var seq = 0
    /// The history that stands, by number; what Redis lost is not in it.
    private(set) var log: [Int: Entry] = [:]
    /// The last number there was at a time.
    private(set) var samples: [(at: Duration, seq: Int)] = []
    private(set) var members: Set<String> = []
    /// What was wrong with the history itself.
    private(set) var flaws: [(at: Duration, words: String)] = []
    /// The last look of all.
    private(set) var lastReading: Reading?
    private var healsUntil = Duration.zero

    /// An older state of the room stands in Redis now.
    mutating func wasPutBack(at now: Duration) { healsUntil = now + Self.healing }

    /// Whether this is an older state than the one seen last.
    private func isOlder(_ reading: Reading) -> Bool {
        guard let epoch else { return false }
        return reading.epoch == epoch ? reading.seq < seq : EpochName.isOlder(reading.epoch, than: epoch)
    }

    /// - Returns: false when the whole room must be read, since its epoch has changed.
    mutating func take(_ reading: Reading, at now: Duration) -> Bool {
        // Nothing stands on it yet: whoever writes next begins a fresh epoch.
        if now <= healsUntil, isOlder(reading) { return true }
        if reading.epoch != epoch, !reading.isWhole { return false }
        links[reading.epoch] = Link(previous: reading.previous, base: reading.base)
        if reading.isWhole { forgetContradicted(by: reading) }
        for entry in reading.entries {
            if let known = log[entry.seq], known != entry, reading.epoch == epoch {
                flaws.append((now, "history had \(known.id) at \(entry.seq), and has \(entry.id) there now"))
            }
            log[entry.seq] = entry
        }
        if reading.epoch == epoch, reading.seq < seq {
            flaws.append((now, "the numbers went back from \(seq) to \(reading.seq) within an epoch"))
        }
        (epoch, seq, members, lastReading) = (reading.epoch, reading.seq, reading.members, reading)
        samples.append((now, reading.seq))
        return true
    }

    /// After a change of epoch: what stands is what is held now, and what is older than the oldest of it.
    private mutating func forgetContradicted(by reading: Reading) {
        if reading.epoch == epoch { return }
        let oldest = reading.entries.first?.seq ?? reading.seq + 1
        log = log.filter { $0.key < oldest }
    }

    /// The highest number there can have been at a time.
    func highestSeq(at time: Duration) -> Int {
        var highest = 0
        for sample in samples {
            highest = max(highest, sample.seq)
            if sample.at > time { break }
        }
        return highest
    }

    /// The epoch in which the message with this number, shown in `epoch`, was numbered.
    func origin(of seq: Int, in epoch: String) -> String {
        var epoch = epoch
        // Bounded by the number of epochs: a circle of junk must not hold the judge up.
        for _ in 0...links.count {
            guard let link = links[epoch], seq <= link.base, let previous = link.previous else { return epoch }
            epoch = previous
        }
        return epoch
    }

    /// Whether all that stands under these numbers is nothing that clients are shown.
    func hides(_ numbers: ClosedRange<Int>) -> Bool { numbers.allSatisfy { log[$0]?.isShown == false } }

    /// The last number that all epochs from `earlier` to `later` have in common; nil when that isn't known.
    func commonBase(from earlier: String, to later: String) -> Int? {
        if earlier == later { return .max }
        var (epoch, base) = (later, Int.max)
        for _ in 0...links.count {
            guard let link = links[epoch], let previous = link.previous else { return nil }
            base = min(base, link.base)
            if previous == earlier { return base }
            epoch = previous
        }
        return nil
    }
}
