@testable import ChatServer
@testable import Rooms

/// A replica on a test's strings: remembers what it has asked to be read, and puts each output in words.
struct DrivenReplica {
    var replica: RoomReplica
    private(set) var request: (request: RoomReading.Request, number: Int)?

    init(history: Int = 50) { replica = RoomReplica(historyCount: history) }

    /// One that is live with what `room` holds, and whose members in `here` have joined on this server.
    static func live(_ room: ModelRoom, history: Int = 50) -> DrivenReplica {
        var driven = DrivenReplica(history: history)
        _ = driven.confirmed()
        _ = driven.answer(from: room)
        return driven
    }

    private mutating func note(_ outputs: [RoomReplica.Output]) -> [String] {
        for case .read(let request, let number) in outputs { self.request = (request, number) }
        return words(outputs)
    }

    mutating func confirmed() -> [String] { note(replica.confirmed()) }

    mutating func receive(_ payloads: RoomPayload...) -> [String] { receive(payloads) }

    mutating func receive(_ payloads: [RoomPayload]) -> [String] { payloads.flatMap { note(replica.receive($0)) } }

    mutating func suspect() -> [String] { note(replica.suspect()) }

    mutating func tick() -> [String] { note(replica.tick()) }

    /// Completes the reading asked for last with what the room holds now.
    mutating func answer(from room: ModelRoom) -> [String] {
        guard let asked = request else { return ["nothing was asked for"] }
        return complete(room.reading(asked.request), number: asked.number)
    }

    mutating func complete(_ reading: RoomReading, number: Int) -> [String] {
        note(replica.complete(reading, number: number))
    }

    var readNumber: Int { request?.number ?? 0 }
}
