/// How long a topic rests between two deliveries, so that more goes into one write to each listener. A pure calculation;
/// the owner has the clock.
///
/// It rests for as long as the delivery took and a quarter more: that is none to speak of for a few listeners, bounded by
/// a setting for many, and over when the next message comes where not much is said. A delivery that takes long gathers by
/// itself, and whoever has just missed it waits for all of the next: the rest after it is shortened, so that both together
/// stay within two and three quarters of the bound, but to no less than an eighth of it: there is other work to do.
///
/// Where resting is seen to gather nothing (everybody waits for their own message before they say the next) it is left
/// out, and tried again after two deliveries, four, and so on up to 64.
struct DeliveryRest {
    /// Where a delivery takes no longer than this, gathering saves nothing that anybody would feel.
    private static let shortest: Duration = .milliseconds(1)
    private static let longestBackoff: UInt8 = 64

    /// When the rest ends; nil where there is none.
    private(set) var end: ContinuousClock.Instant?
    private var middle: ContinuousClock.Instant?
    private var messages = 0
    /// Those that came in the rest's second half: what came in the first may have been on its way already.
    private var lateMessages = 0
    /// Whether it is less than an audience of this size would get.
    private var isShortened = false
    private var backoff: UInt8 = 0
    private var deliveriesToSkip: UInt8 = 0

    /// Notes that a message came.
    mutating func published(at now: ContinuousClock.Instant) {
        messages += 1
        if let middle, let end, middle <= now, now < end { lateMessages += 1 }
    }

    /// Notes that all that waited was delivered.
    mutating func delivered(
        from start: ContinuousClock.Instant, to now: ContinuousClock.Instant, longest: Duration
    ) {
        judge(longest)
        (messages, lateMessages) = (0, 0)
        let round = start.duration(to: now)
        let full = min(longest, round * 5 / 4)
        let rest = min(full, max(round / 8, longest * 11 / 4 - round))
        isShortened = rest < full
        guard rest >= Self.shortest, deliveriesToSkip == 0 else {
            deliveriesToSkip -= min(1, deliveriesToSkip)
            (middle, end) = (nil, nil)
            return
        }
        (middle, end) = (now + rest / 2, now + rest)
    }

    /// Whether the rest before this delivery has gathered anything.
    private mutating func judge(_ longest: Duration) {
        guard let middle, let end else { return }
        let isFruitful = messages > 1 && lateMessages > 0
        // In little time nothing may come by chance.
        if !isFruitful, messages > 1, isShortened, middle.duration(to: end) < longest / 4 { return }
        backoff = isFruitful ? 0 : min(Self.longestBackoff, max(2, backoff * 2))
        deliveriesToSkip = backoff
    }
}
