/// Who reads which channels, found by the channel: a message costs as much as it has readers. Pure.
struct ChannelReaders {
    typealias ID = UInt64

    private var channels: [ID: Set<String>] = [:]
    private var readers: [String: Set<ID>] = [:]

    mutating func add(_ id: ID, channels: Set<String>) {
        self.channels[id] = channels
        for channel in channels { readers[channel, default: []].insert(id) }
    }

    /// The channels that nobody reads any more.
    mutating func remove(_ id: ID) -> [String] {
        var unread: [String] = []
        for channel in channels.removeValue(forKey: id) ?? [] {
            readers[channel]?.remove(id)
            if readers[channel]?.isEmpty == true {
                readers[channel] = nil
                unread.append(channel)
            }
        }
        return unread
    }

    func readers(of channel: String) -> Set<ID> { readers[channel] ?? [] }
}
