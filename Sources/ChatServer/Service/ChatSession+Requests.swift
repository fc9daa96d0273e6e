import Rooms
import Transport
import WebSocket

/// What the client asks for: taken in, done one at a time, and answered.
extension ChatSession {
    /// Pings, typing, and requests that are refused as they come; ten times as many at once.
    private static let answersPerSecond = 20

    func received(_ text: String, from session: WebSocketSession, on loop: isolated EventLoop) {
        do throws(ClientError) {
            let command = try ClientCommand(text, textLimit: service.settings.maximumText)
            switch command {
            case .ping: answer(TopicJSON.pong, session, on: loop)
            case .typing: if mayAnswer(session, on: loop) { typing(on: loop) }
            case .send, .rename, .history:
                // The loop's time may be long past, where the process was frozen since it was told.
                try queue.admit(command, at: .now, perSecond: service.settings.rate)
                if queue.isFull { session.pauseInput(on: loop) }
                work(on: loop)
            }
        } catch {
            service.meter.refused(error.code)
            // Whoever is only too fast is told so each time, and stays: it has asked for nothing wrong.
            if error.code == .rateLimited { return send(TopicJSON.error(error), on: loop) }
            answer(TopicJSON.error(error), session, on: loop)
        }
    }

    /// What is answered at once, and costs its client nothing, has a budget.
    private func answer(_ json: [UInt8], _ session: WebSocketSession, on loop: isolated EventLoop) {
        if mayAnswer(session, on: loop) { send(json, on: loop) }
    }

    private func mayAnswer(_ session: WebSocketSession, on loop: isolated EventLoop) -> Bool {
        let mayAnswer = queue.answers.take(at: loop.now, perSecond: Self.answersPerSecond, burst: .seconds(10)) == nil
        if !mayAnswer {
            session.close(.policyViolation, reason: "too many pings, or requests that can't be met", on: loop)
        }
        return mayAnswer
    }

    private func send(_ json: [UInt8], on loop: isolated EventLoop) {
        session?.send(SharedFrame.text(json), on: loop)
    }

    private func typing(on loop: isolated EventLoop) {
        let now = RecentMoment(loop.now)
        guard lastTyping.duration(to: now) >= Self.typingInterval, cursor.hasJoined,
            let epoch = home.positions[room]?.epoch
        else { return }
        lastTyping = now
        loop.startTask { [self] in
            // Not worth a word if it fails: the next one comes in two seconds.
            try? await service.store.announceTyping(member.socket, epoch: epoch, in: room, on: loop)
        }
    }

    /// Does what is queued, one at a time, once the join has ended: what came before it waits here. Whoever has gone
    /// meanwhile leaves after it.
    func work(on loop: isolated EventLoop) {
        guard phase == .idle || phase == .nobody else { return }
        if phase == .nobody { queue.removeAll() }
        if queue.isEmpty { return rest() }
        guard cursor.hasJoined || isEnded || isDisplaced else { return }
        phase = .working
        guard !cursor.hasJoined, standing == .attached else { return workOn(on: loop) }
        loop.startTask { [self] in
            await service.awaitTurn(ticket)
            workOn(on: loop)
        }
    }

    func workOn(on loop: isolated EventLoop) {
        while let request = queue.next() {
            // Called again when it has been done.
            guard perform(request, on: loop) else { return }
            readAgain(on: loop)
        }
        phase = .idle
        rest()
    }

    /// - Returns: whether it has been done already.
    private func perform(_ request: RequestQueue.Request, on loop: isolated EventLoop) -> Bool {
        if case .send(let text, let id) = request.command {
            let message = OutgoingMessage(id: id ?? service.messageIDs.next(), member: member, text: text)
            let result = service.store.append(message, to: room, by: deadline(of: request), on: loop) {
                [self] result in
                sent(request, result, on: loop)
                readAgain(on: loop)
                workOn(on: loop)
            }
            if let result { sent(request, result, on: loop) }
            return result != nil
        }
        loop.startTask { [self] in
            await perform(request, on: loop)
            readAgain(on: loop)
            workOn(on: loop)
        }
        return false
    }

    private func readAgain(on loop: isolated EventLoop) {
        if queue.hasRoomAgain(), session?.isSlow == false { session?.resumeInput(on: loop) }
    }

    private func deadline(of request: RequestQueue.Request) -> ContinuousClock.Instant {
        request.arrived.advanced(by: service.settings.patience)
    }

    private func sent(
        _ request: RequestQueue.Request, _ result: Result<Receipt, StoreError>, on loop: isolated EventLoop
    ) {
        switch result {
        case .success(let receipt):
            service.meter.count { $0.messages += 1 }
            if let id = request.command.id { send(TopicJSON.ack(id: id, receipt), on: loop) }
        case .failure(let error): failed(request, error, on: loop)
        }
    }

    private func failed(_ request: RequestQueue.Request, _ error: StoreError, on loop: isolated EventLoop) {
        Log.warning("\(room): \(error)")
        for refusal in queue.refuse(request, isAway: error.isAway, at: .now) { refuse(refusal, on: loop) }
    }

    private func perform(_ request: RequestQueue.Request, on loop: isolated EventLoop) async {
        let deadline = deadline(of: request)
        do throws(StoreError) {
            switch request.command {
            case .rename(let name, let id):
                try await rename(to: name, by: deadline, on: loop)
                if let id { send(TopicJSON.ack(id: id), on: loop) }
            case .history(let before, let limit, let id):
                if isEnded || isDisplaced { return }
                let page = try await service.store.shownPage(
                    before: before, limit: limit, bytes: service.settings.pageBytes, of: room, by: deadline, on: loop)
                let json = TopicJSON.messagePage(
                    page.messages, isComplete: page.isComplete, id: id, epoch: page.epoch)
                send(json, on: loop)
            case .send, .ping, .typing: break
            }
        } catch {
            failed(request, error, on: loop)
        }
    }

    private func rename(
        to name: String, by deadline: ContinuousClock.Instant, on loop: isolated EventLoop
    ) async throws(StoreError) {
        var renamed = member
        renamed.username = name
        // Whoever is in nobody's sight has a name for what it says next.
        if standing == .attached {
            try await service.store.rename(renamed, generation: generation, in: room, by: deadline, on: loop)
            service.renamed(renamed, in: room)
        }
        member = renamed
    }

    func refuse(_ error: ClientError, on loop: isolated EventLoop) {
        service.meter.refused(error.code)
        send(TopicJSON.error(error), on: loop)
    }
}
