import RESP
package import Transport

extension RedisChatStore {
    package func exists(
        _ room: RoomName, by deadline: ContinuousClock.Instant, on loop: isolated EventLoop
    ) async throws(StoreError) -> Bool {
        let command = RedisCommand("EXISTS", RoomKeys(room, database: database).meta)
        let reply = try await patiently(by: deadline, on: loop) { client, _, timeout async throws(RedisError) in
            try await client.send(command, timeout: timeout)
        }
        return reply.int64 == 1
    }
}
