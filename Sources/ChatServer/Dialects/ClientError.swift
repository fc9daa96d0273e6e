/// What a client is told when it can't have what it asked for. Its connection stays.
struct ClientError: Error, Hashable, Sendable {
    enum Code: String, Sendable {
        case badRequest = "bad_request"
        case unknownTopic = "unknown_topic"
        case tooLarge = "too_large"
        case rateLimited = "rate_limited"
        case unavailable
    }

    let code: Code
    /// Words for a person.
    let message: String
    /// What the client called the request that it is about.
    var id: String?
    /// When repeating helps, and after how long.
    var retry: Duration?
}
