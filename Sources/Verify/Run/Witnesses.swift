/// Who saw a message, and who didn't: for the violation that is told in full.
struct Witnesses {
    let record: RunRecord

    func words(on id: String) -> [String] {
        guard let sender = record.clients.first(where: { client in client.sends.contains { $0.id == id } }),
            let send = sender.sends.first(where: { $0.id == id })
        else { return ["\(id): sent by nobody"] }
        var lines = ["\(id): sent by \(sender.name) (\(send.socket)) at \(send.sent.inSeconds), \(send.tries) times"]
        lines += send.acks.map { "\(id): acknowledged at \($0.at.inSeconds) as \($0.seq) of epoch \($0.epoch)" }
        let room = record.clients.filter { $0.room == sender.room }
        let sightings = room.compactMap { client in sighting(of: id, by: client).map { (client.name, $0) } }
        lines.append("\(id): seen by \(sightings.count) of the \(room.count) clients in \(sender.room)")
        lines += sightings.prefix(3).map { "\(id): \($0.0) saw \($0.1)" }
        let others = Set(room.map(\.name)).subtracting(sightings.map(\.0)).sorted()
        if !others.isEmpty { lines.append("\(id): not seen by \(others.prefix(12).joined(separator: " "))") }
        let entries = record.rooms[sender.room]?.log.values.filter { $0.id == id }.map(\.seq) ?? []
        lines.append("\(id): in history as \(entries)")
        return lines
    }

    private func sighting(of id: String, by client: ClientRecord) -> String? {
        var server = -1
        for observation in client.observations {
            switch observation.what {
            case .opened(let index): server = index
            case .message(let epoch, let message) where message.id == id:
                return "\(message.seq) of epoch \(epoch) at \(observation.at.inSeconds), through server \(server)"
            case .history(let epoch, let messages):
                guard let message = messages.first(where: { $0.id == id }) else { continue }
                return
                    "\(message.seq) of epoch \(epoch) at \(observation.at.inSeconds), in a history of server \(server)"
            default: break
            }
        }
        return nil
    }
}
