import Testing

@testable import ChatServer
@testable import Rooms

@Suite("Points in time that take little memory")
struct MomentTests {
    private let now = ContinuousClock.now

    @Test("a moment keeps nanoseconds, and its order, before and after the present")
    func moments() {
        let offsets: [Duration] = [.seconds(-86_400), .nanoseconds(-1), .zero, .nanoseconds(1), .seconds(86_400 * 365)]
        let moments = offsets.map { Moment(now + $0) }
        for (one, earlier) in zip(offsets, moments) {
            for (other, later) in zip(offsets, moments) {
                let difference = earlier.duration(to: later) - (other - one)
                #expect(difference >= .nanoseconds(-1) && difference <= .nanoseconds(1))
                #expect((earlier < later) == (one < other))
            }
            #expect(Moment.distantPast < earlier && earlier.advanced(by: .seconds(1)) > earlier)
        }
    }

    @Test("a recent moment tells how long ago it was for 49 days, by the millisecond")
    func recentMoments() {
        // Before and after whatever they are counted from.
        for start in [now - .seconds(60) - .microseconds(1), now - .microseconds(1), now, now + .seconds(60)] {
            for time: Duration in [.zero, .milliseconds(1), .seconds(5), .seconds(86_400 * 49)] {
                #expect(RecentMoment(start).duration(to: RecentMoment(start + time)) == time)
            }
        }
    }
}
