import RESP
import TestSupport

@testable import ChatServer
@testable import Rooms

/// A copy of all keys of a room, to be put back later while Redis runs.
struct RoomSnapshot: Sendable {
    private let keys: [(name: String, dump: [UInt8])]
    private let pattern: String

    static func take(_ room: RoomName, _ probe: RedisProbe) async throws -> RoomSnapshot {
        let pattern = "chat:{\(room)}:*"
        let names = try await probe.run("KEYS", pattern).elements?.compactMap(\.string) ?? []
        var keys: [(String, [UInt8])] = []
        for name in names { keys.append((name, Array(try await probe.run("DUMP", name).bytes ?? []))) }
        return RoomSnapshot(keys: keys, pattern: pattern)
    }

    /// In one step, as a restored Redis has it: servers write meanwhile.
    func putBack(_ probe: RedisProbe) async throws {
        let script = """
            for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end
            for index, key in ipairs(KEYS) do redis.call('RESTORE', key, 0, ARGV[index + 1]) end
            """
        let names: [any RedisArgument] = keys.map(\.name)
        let dumps: [any RedisArgument] = keys.map(\.dump)
        let command: [any RedisArgument] = ["EVAL", script, keys.count]
        _ = try await probe.command(command + names + [pattern] + dumps)
    }
}
