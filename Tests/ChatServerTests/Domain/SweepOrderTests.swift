import Testing

@testable import ChatServer
@testable import Rooms

@Suite("Which survivor sweeps a room first")
struct SweepOrderTests {
    private let servers = (1...7).map { "server\($0)" }

    @Test("one begins at once, the others later and one after the other; each is first in some rooms")
    func order() throws {
        var first: [String: Int] = [:]
        for number in 0..<700 {
            let room = try #require(RoomName("room\(number)"))
            let delays = servers.map { server in
                SweepOrder.delay(of: server, among: Set(servers).subtracting([server]), in: room)
            }
            #expect(delays.count { $0 < .milliseconds(250) } == 1)
            #expect(delays.allSatisfy { $0 < .seconds(1) })
            #expect(delays.count { $0 >= .milliseconds(750) } == 4)
            let begins = try #require(zip(servers, delays).min { $0.1 < $1.1 }?.0)
            first[begins, default: 0] += 1
        }
        #expect(first.count == servers.count && first.values.allSatisfy { (50...150).contains($0) }, "\(first)")
    }

    @Test("whoever is alone begins at once, and itself among the others changes nothing")
    func alone() {
        #expect(SweepOrder.delay(of: "a", among: [], in: .lobby) < .milliseconds(250))
        #expect(SweepOrder.delay(of: "a", among: ["a"], in: .lobby) < .milliseconds(250))
    }
}
