import RESP
import Transport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads the rooms in Redis again and again, past the servers.
final class RoomObserver {
    private static let interval: Duration = .milliseconds(150)

    private let redis: RedisClient
    private let clock: RunClock
    private let keys: [String: RoomKeys]
    private(set) var rooms: [String: RoomTruth]
    private var isStopped = false

    init(rooms: [String], redis: RedisClient, clock: RunClock) {
        self.redis = redis
        self.clock = clock
        keys = Dictionary(rooms.map { ($0, RoomKeys($0)) }, uniquingKeysWith: { $1 })
        self.rooms = Dictionary(rooms.map { ($0, RoomTruth()) }, uniquingKeysWith: { $1 })
    }

    func run(on loop: isolated EventLoop) async {
        while !isStopped {
            for room in keys.keys.sorted() { await look(at: room, isWhole: false, on: loop) }
            try? await Task.sleep(for: Self.interval)
        }
    }

    func stop() { isStopped = true }

    /// The keys are being put back to an older state, as Redis runs.
    func keysArePutBack() {
        for room in keys.keys { rooms[room]?.wasPutBack(at: clock.now) }
    }

    func loseMembers(of room: String) async {
        guard let key = keys[room]?.members else { return }
        _ = try? await redis.send(RedisCommand("DEL", key), timeout: .seconds(3))
    }

    /// Reads all rooms from their beginning. False when Redis doesn't answer.
    func lookAtAll(on loop: isolated EventLoop) async -> Bool {
        for room in keys.keys.sorted() where !(await look(at: room, isWhole: true, on: loop)) { return false }
        return true
    }

    @discardableResult
    private func look(at room: String, isWhole: Bool, on loop: isolated EventLoop) async -> Bool {
        guard let reading = await read(room, isWhole: isWhole, on: loop) else { return false }
        if rooms[room]?.take(reading, at: clock.now) == true { return true }
        if isWhole { return false }
        return await look(at: room, isWhole: true, on: loop)
    }

    private func read(_ room: String, isWhole: Bool, on loop: isolated EventLoop) async -> RoomTruth.Reading? {
        guard let keys = keys[room], let truth = rooms[room] else { return nil }
        let commands = [
            RedisCommand("INFO", "server"),
            RedisCommand("HMGET", keys.meta, "run", "epoch", "prev", "base", "seq"),
            RedisCommand("HKEYS", keys.members),
            RedisCommand("ZRANGE", keys.messages, isWhole ? "-inf" : "(\(truth.seq)", "+inf", "BYSCORE"),
        ]
        guard let replies = try? await redis.transaction(commands, timeout: .seconds(2)), replies.count == 4,
            let info = replies[0].string, let meta = replies[1].elements, meta.count == 5,
            let run = meta[0].string, let epoch = meta[1].string, let seq = meta[4].int64,
            let members = replies[2].elements, let values = replies[3].elements
        else { return nil }
        // Left by an earlier run of Redis, and not continued yet: the next script or reading gives it a new epoch.
        guard info.contains("run_id:\(run)") else { return nil }
        return RoomTruth.Reading(
            epoch: epoch, previous: meta[2].string.flatMap { $0.isEmpty ? nil : $0 }, base: Int(meta[3].int64 ?? 0),
            seq: Int(seq), entries: values.compactMap { $0.bytes.flatMap(Self.entry) },
            members: Set(members.compactMap(\.string)), isWhole: isWhole)
    }

    private static func entry(_ json: ArraySlice<UInt8>) -> RoomTruth.Entry? {
        struct Fields: Decodable {
            let seq: Int
            let id: String?
            let socket: String?
            let kind: String?
        }
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(Array(json))) else { return nil }
        if let kind = fields.kind {
            return RoomTruth.Entry(seq: fields.seq, id: "\(kind)-\(fields.seq)", socket: "", isShown: false)
        }
        guard let id = fields.id, let socket = fields.socket else { return nil }
        return RoomTruth.Entry(seq: fields.seq, id: id, socket: socket)
    }
}
