@testable import ChatServer
@testable import Rooms

/// What the client asks for, as in `ChatSession`.
extension ModelSession {
    func received(_ request: Connection.Request) {
        if isEnded { return }
        if case .close(let code) = request { return ended(code) }
        if isClosing { return }
        if isSlow { return unread.append(request) }
        switch request {
        case .ping: send(ModelFrame(json: TopicJSON.pong))
        case .send(let id): ask(.send(text: "", id: id))
        case .rename(let name): ask(.rename(name))
        case .close: break
        }
    }

    private func ask(_ command: ClientCommand) {
        do throws(ClientError) {
            try queue.admit(command, at: world.instant, perSecond: 0)
            work()
        } catch {
            send(ModelFrame(json: TopicJSON.error(error)))
        }
    }

    func readOn() {
        let waiting = unread
        unread = []
        for request in waiting { received(request) }
    }

    func work() {
        guard isJoinOver, !isWorking else { return }
        if isNobody { queue.removeAll() }
        if queue.isEmpty { return rest() }
        guard cursor.hasJoined || isEnded || isDisplaced, let ticket else { return }
        isWorking = true
        if cursor.hasJoined { return next() }
        server.hop { [self] in
            server.awaitTurn(ticket) { [self] in server.hop { [self] in next() } }
        }
    }

    private func next() {
        guard let request = queue.next() else {
            isWorking = false
            return rest()
        }
        let deadline = world.now + Int(world.instant.duration(to: request.arrived) / .microseconds(1)) + 5_000_000
        switch request.command {
        case .send(_, let id):
            server.call(by: deadline) { [member] in
                $0.append(OutgoingMessage(id: id ?? "", member: member, text: ""))
            } _: { [self] receipt in
                if let id, let receipt { send(ModelFrame(json: TopicJSON.ack(id: id, receipt))) }
                if receipt == nil { refuse(request) }
                next()
            }
        case .rename(let name, _):
            var renamed = member
            renamed.username = name
            server.call(by: deadline) { [server, attachment] in
                $0.rename(renamed, generation: attachment?.generation ?? 0, server: server.name)
            } _: { [self] isDone in
                if isDone != nil {
                    member = renamed
                    server.hop { [self] in server.attendance.rename(renamed) }
                } else {
                    refuse(request)
                }
                next()
            }
        case .history, .ping, .typing: next()
        }
    }

    private func refuse(_ request: RequestQueue.Request) {
        for error in queue.refuse(request, isAway: true, at: world.instant) {
            send(ModelFrame(json: TopicJSON.error(error)))
        }
    }
}
