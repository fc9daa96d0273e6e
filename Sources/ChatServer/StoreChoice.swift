import RESP
import Rooms
import Transport

/// Which store a server uses that was told nothing about it: the Redis in the usual place, if there is one.
///
/// Only where nobody listens is it the embedded store. A Redis that is there and can't be used ends the start: a server
/// that kept its rooms to itself would look well, and be apart from the others for as long as it lives.
enum StoreChoice: Equatable, Sendable {
    case embedded
    case redis
    /// Why it can't be decided, and what to set.
    case failure(String)

    /// Something that takes connections and says nothing, or ends them, may be about to start: it is asked again.
    private static let attempts = 3

    static func look(
        for usual: RedisConfiguration, pause: Duration = .milliseconds(500), on loop: EventLoop
    ) async -> StoreChoice {
        var usual = usual
        usual.handshake = RedisChatStore.handshake
        var choice = StoreChoice.embedded
        for attempt in 1...attempts {
            let (found, isFinal) = judge(await RedisAvailability.find(usual, on: loop), at: usual)
            choice = found
            if isFinal || attempt == attempts { break }
            await loop.sleep(for: pause)
        }
        return choice
    }

    private static func judge(_ found: RedisAvailability, at usual: RedisConfiguration) -> (StoreChoice, isFinal: Bool)
    {
        let place = usual.description
        switch found {
        case .ready:
            return (.redis, true)
        case .busy(let words):
            Log.warning("Redis at \(place) isn't ready yet, and is waited for: \(words)")
            return (.redis, true)
        case .absent:
            return (.embedded, true)
        case .refusing(let words):
            let said = words.hasSuffix(".") ? String(words.dropLast()) : words
            return (.failure("there is a Redis at \(place), and it refuses: \(said). \(advice(words, place))"), true)
        case .foreign(let words):
            return (.failure("something listens at \(place), but \(words). \(remedy)"), false)
        case .silent:
            return (.failure("something listens at \(place), and doesn't answer. \(remedy)"), false)
        case .unknown(let words):
            return (.failure("whether there is a Redis at \(place) can't be found out: \(words). \(remedy)"), false)
        }
    }

    private static let remedy = "--redis (or REDIS_ADDRESS) names another, --embedded does without"

    private static func advice(_ words: String, _ place: String) -> String {
        let isLockedOut = words.hasPrefix("NOAUTH")
        let start =
            switch words.prefix(while: { $0 != " " }) {
            case "NOAUTH": "It wants a password: "
            case "NOPERM": "It wants a user who may do more (SECURITY.md has the list): "
            case "MISCONF": "It can't save its data, which is to be mended there; or "
            default: "It is to be mended there; or "
            }
        return start
            + "--redis redis://\(isLockedOut ? "" : "user"):password@\(place) (or REDIS_ADDRESS) says how to use it, "
            + "--embedded does without"
    }
}
