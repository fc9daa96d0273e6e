/// Judges whether all saw one order: the same place holds the same message, whoever looked and whenever.
struct OrderJudge {
    let name: String
    let room: RoomTruth
    let clients: [ClientRecord]

    private struct Place: Hashable {
        let epoch: String
        let seq: Int
    }

    private struct Witness {
        let id: String
        let words: String
        let at: Duration
    }

    func judge(_ verdict: inout Verdict) {
        var places: [Place: Witness] = [:]
        func note(_ id: String, _ seq: Int, _ epoch: String, at: Duration, _ words: @autoclosure () -> String) {
            verdict.check(.order)
            let place = Place(epoch: room.origin(of: seq, in: epoch), seq: seq)
            guard let known = places[place] else {
                places[place] = Witness(id: id, words: words(), at: at)
                return
            }
            if known.id == id { return }
            verdict.violations.append(
                Violation(
                    guarantee: .order, at: at,
                    summary: "\(name): number \(seq) is \(known.id) for one and \(id) for another",
                    evidence: [known, Witness(id: id, words: words(), at: at)].map {
                        "\($0.words): \($0.id), at \($0.at.inSeconds)"
                    }))
        }
        for client in clients {
            for send in client.sends {
                for ack in send.acks { note(send.id, ack.seq, ack.epoch, at: ack.at, "\(client.name)'s ack") }
            }
            for observation in client.observations {
                switch observation.what {
                case .message(let epoch, let message):
                    note(message.id, message.seq, epoch, at: observation.at, "\(client.name) saw, epoch \(epoch)")
                case .history(let epoch, let messages):
                    for message in messages {
                        note(
                            message.id, message.seq, epoch, at: observation.at,
                            "\(client.name) saw in a history, epoch \(epoch)")
                    }
                default: break
                }
            }
        }
    }
}
