/// Which channels are wanted, and which of them Redis has confirmed on the present link.
///
/// Pure. Redis answers each SUBSCRIBE and UNSUBSCRIBE in order, so a channel is confirmed when its last request was a
/// SUBSCRIBE and as many answers have come as requests were sent.
struct SubscriptionState {
    enum Event: Equatable {
        case confirmed(channel: String)
        case message(channel: String, payload: ArraySlice<UInt8>)
        case pong
        /// An answer that changes nothing anybody waits for.
        case nothing
    }

    private struct Channel {
        var isWanted: Bool
        var pendingAnswers = 0
    }

    /// So many channels go into one command.
    private static let channelsPerCommand = 512

    private var channels: [String: Channel] = [:]
    private var isLinkUp = false

    func isConfirmed(_ channel: String) -> Bool {
        guard isLinkUp, let state = channels[channel] else { return false }
        return state.isWanted && state.pendingAnswers == 0
    }

    var wantedChannels: [String] { channels.filter(\.value.isWanted).map(\.key) }

    /// The command to send, if one is needed now; while the link is down the channel waits for `linkUp`.
    mutating func subscribe(_ channel: String) -> RedisCommand? {
        if channels[channel]?.isWanted == true { return nil }
        channels[channel, default: Channel(isWanted: true)].isWanted = true
        return request("SUBSCRIBE", channel)
    }

    mutating func unsubscribe(_ channel: String) -> RedisCommand? {
        guard channels[channel]?.isWanted == true else { return nil }
        channels[channel]?.isWanted = false
        if !isLinkUp { channels[channel] = nil }
        return request("UNSUBSCRIBE", channel)
    }

    private mutating func request(_ name: String, _ channel: String) -> RedisCommand? {
        guard isLinkUp else { return nil }
        channels[channel]?.pendingAnswers += 1
        return RedisCommand(name, channel)
    }

    /// A fresh link: every wanted channel is asked for again.
    mutating func linkUp() -> [RedisCommand] {
        isLinkUp = true
        let wanted = wantedChannels
        channels = Dictionary(uniqueKeysWithValues: wanted.map { ($0, Channel(isWanted: true, pendingAnswers: 1)) })
        return stride(from: 0, to: wanted.count, by: Self.channelsPerCommand).map { start in
            RedisCommand("SUBSCRIBE", arguments: Array(wanted[start...].prefix(Self.channelsPerCommand)))
        }
    }

    mutating func linkDown() {
        isLinkUp = false
        for (name, channel) in channels { channels[name] = channel.isWanted ? Channel(isWanted: true) : nil }
    }

    /// - Throws: `unexpectedReply` for what a subscribed connection never gets, and the error that Redis sent.
    mutating func receive(_ value: RESPValue) throws(RedisError) -> Event {
        let parts = try value.asArray()
        guard parts.count >= 2, let kind = parts[0].string else { throw value.unexpected() }
        switch kind {
        case "message":
            guard parts.count == 3, let channel = parts[1].string, let payload = parts[2].bytes else {
                throw value.unexpected()
            }
            // What is still on its way for a channel just left is nobody's.
            guard channels[channel]?.isWanted == true else { return .nothing }
            return .message(channel: channel, payload: payload)
        case "subscribe", "unsubscribe":
            guard let channel = parts[1].string, var state = channels[channel] else { return .nothing }
            state.pendingAnswers = max(0, state.pendingAnswers - 1)
            channels[channel] = state.isWanted || state.pendingAnswers > 0 ? state : nil
            return isConfirmed(channel) ? .confirmed(channel: channel) : .nothing
        case "pong":
            return .pong
        default:
            throw value.unexpected()
        }
    }
}
