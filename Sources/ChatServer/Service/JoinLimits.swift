import Rooms
import Transport
import WebSocket

/// How fast one address may join one room: each join makes all who are there hear of it. For all loops.
///
/// The budgets stand in a table of fixed size, where two addresses and rooms may share one: that takes no more memory
/// however many there are, and needs no clearing up.
final class JoinLimits: Sendable {
    /// So many seconds' worth may come at once.
    static let burst = 10
    /// How long a join is held back; whoever would have to wait for longer is refused.
    static let longestDelay: Duration = .seconds(2)

    private static let size = 16_384

    private let perSecond: Int
    private let limitsThisMachine: Bool
    private let budgets = Locked([RateLimit](repeating: RateLimit(), count: JoinLimits.size))

    /// - Parameters:
    ///   - perSecond: joins a second, address and room; 0: any number.
    ///   - limitsThisMachine: whether connections from this machine are counted as well: a proxy's are all its clients'.
    init(perSecond: Int, limitsThisMachine: Bool = false) {
        (self.perSecond, self.limitsThisMachine) = (perSecond, limitsThisMachine)
    }

    /// How long a join must wait for its turn: not at all, mostly. nil: it is refused.
    func delay(of address: SocketAddress, to room: RoomName, at now: ContinuousClock.Instant) -> Duration? {
        if perSecond <= 0 || !limitsThisMachine && address.isThisMachine { return .zero }
        let key = AddressKey(address)
        var hasher = Hasher()
        hasher.combine(key)
        hasher.combine(room)
        let index = Int(UInt(bitPattern: hasher.finalize()) % UInt(Self.size))
        return budgets.withLock { budgets in
            budgets[index].reserve(
                at: now, perSecond: perSecond, burst: .seconds(Self.burst), within: Self.longestDelay)
        }
    }
}

extension SocketAddress {
    fileprivate var isThisMachine: Bool {
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 127]
        return isIPv6 ? host == "::1" || bytes.starts(with: mapped) : bytes[0] == 127
    }
}
