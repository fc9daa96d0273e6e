package import Transport

/// Joining, coming back, having been slow: each is a position in the log, brought up to date page by page.
extension RoomHub {
    /// A session asks for its next page, or for the first one.
    package func catchUp(_ catchUp: CatchUp, on loop: isolated EventLoop) { perform(.catchUp(catchUp), on: loop) }

    func serve(_ catchUp: CatchUp, on loop: isolated EventLoop) {
        guard let room = rooms[catchUp.ticket.room] else { return }
        guard room.replica.isLive, let view = room.replica.view else { return room.catchUps.append(catchUp) }
        if room.pace.isPending { return room.pace.wait(catchUp) }
        serve(catchUp, from: view, in: room, on: loop)
    }

    private func serve(_ catchUp: CatchUp, from view: RoomView, in room: OpenRoom, on loop: isolated EventLoop) {
        switch view.step(after: catchUp.position, history: options.history, bytes: options.pageBytes) {
        case .page(let page)
        where page.isReset && catchUp.stage == .opening && room.lastReading <= catchUp.doubted ?? .max:
            // It may have seen more than this server: another one was faster. Only the store can say what is lost.
            var doubted = catchUp
            doubted.doubted = catchUp.doubted ?? nextStamp()
            room.catchUps.append(doubted)
            act(on: room.replica.suspect(), in: room, on: loop)
        case .page(let page): send(page, of: view, to: catchUp, in: room, on: loop)
        case .read(let seq): readPage(after: seq, for: catchUp, in: room, on: loop)
        }
    }

    /// What many are missing is read once.
    private func readPage(after seq: Int, for catchUp: CatchUp, in room: OpenRoom, on loop: isolated EventLoop) {
        if room.pageReaders[seq] != nil {
            room.pageReaders[seq]?.append(catchUp)
            return
        }
        room.pageReaders[seq] = [catchUp]
        Task {
            let result: Result<RoomReading, StoreError>
            do throws(StoreError) {
                result = .success(try await store.read(.after(seq), of: room.name, on: loop))
            } catch {
                result = .failure(error)
            }
            let waiting = room.pageReaders.removeValue(forKey: seq) ?? []
            guard rooms[room.name] === room else { return }
            if case .failure(let error) = result {
                Log.warning("room \(room.name) could not be read: \(error)")
                await loop.sleep(for: .milliseconds(200))
            }
            // The store is in another epoch than this replica knows of: then only reading it helps.
            if case .success(let reading) = result, reading.epoch != room.replica.epoch {
                act(on: room.replica.suspect(), in: room, on: loop)
            }
            let reading = try? result.get()
            for waiter in waiting { perform(.page(waiter, reading, after: seq), on: loop) }
        }
    }

    func serve(_ waiter: CatchUp, with reading: RoomReading?, after seq: Int, on loop: isolated EventLoop) {
        // The epoch has changed meanwhile, or the link is down: whether the position still means anything is for the
        // replica to say.
        guard let room = rooms[waiter.ticket.room], let reading, room.replica.isLive, !room.pace.isPending,
            let view = room.replica.view,
            let page = view.page(from: reading, after: seq, bytes: options.pageBytes)
        else { return catchUp(waiter, on: loop) }
        send(page, of: view, to: waiter, in: room, on: loop)
    }

    private func send(
        _ page: CatchUpPage, of view: RoomView, to catchUp: CatchUp, in room: OpenRoom, on loop: isolated EventLoop
    ) {
        let own = room.attendance.attached[catchUp.ticket.socket]?.member
        audience.show(page, of: view, own: own, to: catchUp, on: loop)
        awaitEndOfTick(on: loop)
    }
}
