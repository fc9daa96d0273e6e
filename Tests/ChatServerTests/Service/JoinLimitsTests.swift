import Testing
import Transport

@testable import ChatServer
@testable import Rooms

@Suite("How fast an address may join a room")
struct JoinLimitsTests {
    private let start = ContinuousClock.now
    private let room = RoomName("tea") ?? .lobby

    private func address(_ host: String) throws -> SocketAddress {
        try #require(SocketAddress(numericHost: host, port: 4_000))
    }

    @Test("a burst comes in at once, the next are held back for their turn, and more are refused")
    func budget() throws {
        let limits = JoinLimits(perSecond: 10)
        let office = try address("203.0.113.7")
        let delays = (0..<200).map { _ in limits.delay(of: office, to: room, at: start) }
        #expect(delays.prefix(100).allSatisfy { $0 == .zero })
        #expect(delays[100] == .milliseconds(100) && delays[119] == .seconds(2))
        #expect(delays[120...].allSatisfy { $0 == nil })
        // Another room, and another address, have budgets of their own.
        #expect(limits.delay(of: office, to: .lobby, at: start) == .zero)
        #expect(limits.delay(of: try address("203.0.113.8"), to: room, at: start) == .zero)
        // And time brings more.
        #expect(limits.delay(of: office, to: room, at: start + .seconds(12)) == .zero)
    }

    @Test("a whole /64 is one address; this machine, where a proxy may be, and a limit of 0 are none")
    func addresses() throws {
        let limits = JoinLimits(perSecond: 1)
        for index in 0..<12 { _ = limits.delay(of: try address("2001:db8::\(index)"), to: room, at: start) }
        #expect(limits.delay(of: try address("2001:db8::ffff"), to: room, at: start) == nil)
        #expect(limits.delay(of: try address("2001:db8:0:1::1"), to: room, at: start) == .zero)
        let none = JoinLimits(perSecond: 0)
        for _ in 0..<1_000 {
            for host in ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"] {
                #expect(limits.delay(of: try address(host), to: room, at: start) == .zero)
            }
            #expect(none.delay(of: try address("203.0.113.7"), to: room, at: start) == .zero)
        }
    }
}
