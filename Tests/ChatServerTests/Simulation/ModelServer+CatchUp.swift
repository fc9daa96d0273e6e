@testable import ChatServer
@testable import Rooms

/// Bringing sessions up to date, as `RoomHub+CatchUp`.
extension ModelServer {
    func catchUp(_ catchUp: CatchUp) {
        guard replica.isLive, let view = replica.view else { return catchUps.append(catchUp) }
        serve(catchUp, from: view)
    }

    func serve(_ catchUp: CatchUp, from view: RoomView) {
        switch view.step(after: catchUp.position, history: options.history, bytes: options.pageBytes) {
        case .page(let page)
        where page.isReset && catchUp.stage == .opening && lastReading <= catchUp.doubted ?? .max:
            var doubted = catchUp
            doubted.doubted = catchUp.doubted ?? nextStamp()
            catchUps.append(doubted)
            act(on: replica.suspect())
        case .page(let page): send(page, of: view, to: catchUp)
        case .read(let seq): readPage(after: seq, for: catchUp)
        }
    }

    private func readPage(after seq: Int, for catchUp: CatchUp) {
        if pageReaders[seq] != nil {
            pageReaders[seq]?.append(catchUp)
            return
        }
        pageReaders[seq] = [catchUp]
        call {
            $0.read(.after(seq))
        } _: { [self] reading in
            let waiting = pageReaders.removeValue(forKey: seq) ?? []
            after(reading == nil ? 200_000 : 0, .timers) { [self] in
                if let reading, reading.epoch != replica.epoch { act(on: replica.suspect()) }
                for waiter in waiting {
                    guard let reading, replica.isLive, let view = replica.view,
                        let page = view.page(from: reading, after: seq, bytes: options.pageBytes)
                    else {
                        self.catchUp(waiter)
                        continue
                    }
                    send(page, of: view, to: waiter)
                }
            }
        }
    }

    private func send(_ page: CatchUpPage, of view: RoomView, to catchUp: CatchUp) {
        let frames = pageFrames.frames(
            page, of: view, for: catchUp.ticket, catchUp.stage,
            own: attendance.attached[catchUp.ticket.socket]?.member
        )
        .map { ModelFrame(json: $0.json, mark: $0.mark, first: $0.first) }
        hop { [self] in
            sessions[catchUp.ticket.connection]?.take(frames, position: page.position, isLast: page.isLast)
        }
    }
}
