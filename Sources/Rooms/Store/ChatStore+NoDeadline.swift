import Transport

/// The calls that may have a deadline, without one.
extension ChatStore {
    func page(
        before seq: Int?, limit: Int, of room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> MessagePage {
        try await page(before: seq, limit: limit, of: room, by: nil, on: loop)
    }

    func append(
        _ message: OutgoingMessage, to room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> Receipt {
        try await append(message, to: room, by: nil, on: loop)
    }

    func session(
        of socket: String, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> StoredSession? {
        try await session(of: socket, in: room, by: nil, on: loop)
    }

    func attach(
        _ member: Member, secret: String, attempt: String, opened: ContinuousClock.Instant, to room: RoomName,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> Attachment? {
        try await attach(member, secret: secret, attempt: attempt, opened: opened, to: room, by: nil, on: loop)
    }

    func rename(
        _ member: Member, generation: Int, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) {
        try await rename(member, generation: generation, in: room, by: nil, on: loop)
    }
}
