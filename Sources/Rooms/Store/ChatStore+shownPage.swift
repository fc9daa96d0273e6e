package import Transport

extension ChatStore {
    /// Messages before a number (nil: the newest), oldest first: up to `limit` of them, no more than fit into `bytes`, and
    /// one at least where there is any. What isn't shown, since only a later version knows its kind, is passed over.
    package func shownPage(
        before seq: Int?, limit: Int, bytes: Int, of room: RoomName, by deadline: ContinuousClock.Instant,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> MessagePage {
        var seq = seq
        while true {
            let page = try await page(before: seq, limit: limit, of: room, by: deadline, on: loop)
            let fitting = page.messages.newest(bytes: bytes)
            let shown = fitting.filter(\.isKnown)
            let isComplete = page.isComplete && fitting.count == page.messages.count
            if !shown.isEmpty || isComplete || fitting.isEmpty {
                return MessagePage(epoch: page.epoch, messages: shown, isComplete: isComplete)
            }
            // None of them is shown: the client could not say where to go on.
            seq = fitting.first?.seq
        }
    }
}
