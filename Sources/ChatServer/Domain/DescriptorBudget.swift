/// What the files that a process may have open are for: so many connections, so many others that are told why they are
/// refused, and the rest for the server itself, which is never given away. Else Redis could not be reached anew while
/// connections pour in.
struct DescriptorBudget: Equatable {
    /// Standard streams, the listener, the link that listens to Redis, the page's files, looking up a name.
    private static let ofTheProcess = 32
    /// A poller, two ends of a pipe that wakes it, a link to Redis, and one that is about to replace that.
    private static let ofEachThread = 5
    /// The one that was just accepted, and may be closed at once.
    private static let atTheDoor = 1
    private static let fewestConnections = 16
    private static let fewestRefusals = 4
    private static let mostRefusals = 1_024

    /// The most connections at once, those in their handshake included.
    let connections: Int
    /// The most connections at once that are one too many, and wait until they have been told so.
    let refusals: Int
    /// How many files the process must be able to open at least.
    let needed: Int
    /// Whether it can.
    let isEnough: Bool

    /// - Parameters:
    ///   - limit: how many files the process may have open.
    ///   - wanted: how many connections there should be at most; nil: as many as can be.
    init(limit: Int, threads: Int, wanted: Int?) {
        let reserve = Self.ofTheProcess + Self.ofEachThread * threads + Self.atTheDoor
        needed = reserve + Self.fewestConnections + Self.fewestRefusals
        isEnough = limit >= needed
        let available = max(limit, needed) - reserve
        refusals = min(Self.mostRefusals, max(Self.fewestRefusals, available / 8))
        connections = min(wanted ?? .max, available - refusals)
    }
}
