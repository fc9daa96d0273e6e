import Transport

/// Why there is no link to Redis.
enum LinkFailure: CustomStringConvertible {
    case notYet
    /// The name has no address, or the system couldn't make a connection.
    case unreachable(String, SystemError?)
    /// Redis answered the greeting with an error: its words.
    case refused(String)
    /// What is there isn't Redis.
    case notRedis(String)
    /// It took the connection and said nothing.
    case silent(Duration)
    /// It was there, and ended.
    case lost(String)

    var description: String {
        switch self {
        case .notYet: "not connected yet"
        case .unreachable(let place, let error): "\(place): " + (error?.description ?? "the name has no address")
        case .refused(let words), .lost(let words): words
        case .notRedis(let words): "what is there is not Redis: \(words)"
        case .silent(let time): "no answer to the greeting within \(time)"
        }
    }
}
