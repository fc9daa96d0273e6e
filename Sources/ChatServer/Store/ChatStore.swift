import Transport

/// Where rooms live. Two kinds pass one contract suite: Redis, shared by many servers, and this process alone.
///
/// Every call may be repeated: a send by its id, a join by its member, a leave by what it finds. Calls are held for as
/// long as the store is away, some seconds at most, and then throw `unavailable`.
protocol ChatStore: Sendable {
    /// One line for the log: which store it is and what that means.
    var summary: String { get }
    /// Whether it answers now.
    var isAvailable: Bool { get }

    /// Everything that is published in the open rooms goes to `feed` from now on.
    func start(_ feed: LoopBound<any RoomFeed>) async
    func stop() async

    /// The feed hears `confirmed` when the room's payloads arrive, and again whenever they do after an interruption.
    func open(_ room: RoomName)
    func close(_ room: RoomName)

    /// One atomic look at a room, which is made if there is none.
    func read(
        _ request: RoomReading.Request, of room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> RoomReading
    /// Up to `limit` messages before a number (nil: the newest), oldest first, and whether there are none before them.
    func page(
        before seq: Int?, limit: Int, of room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> MessagePage

    func append(
        _ message: OutgoingMessage, to room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> Receipt
    func join(
        _ member: Member, secret: String, to room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> Attachment
    /// A member whose field says another server or generation stays.
    func leave(
        _ socket: String, generation: Int, from room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError)
    func rename(
        _ member: Member, generation: Int, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError)
    /// Not kept, and lost if nobody hears it.
    func announceTyping(
        _ socket: String, epoch: String, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError)
    /// Keeps the room's members and their sessions for another day.
    func renew(_ room: RoomName, sockets: [String], on loop: isolated EventLoop) async throws(StoreError)
}

/// What a join came to.
struct Attachment: Hashable, Sendable {
    let member: Member
    let generation: Int
    let epoch: String
    let rev: Int
}

struct MessagePage: Hashable, Sendable {
    let epoch: String
    /// Oldest first.
    let messages: [StoredMessage]
    /// There are none before these.
    let isComplete: Bool
}

enum StoreError: Error, Hashable, Sendable {
    /// It did not answer in time; what was asked may or may not have been done.
    case unavailable(String)
    /// It answered with something that repeating won't change.
    case failed(String)
}

/// Who hears what is published. All calls are made on the feed's loop, in the store's order.
protocol RoomFeed: AnyObject {
    func confirmed(_ room: RoomName, on loop: isolated EventLoop)
    func received(_ payload: ArraySlice<UInt8>, in room: RoomName, on loop: isolated EventLoop)
    /// Every room is cut off, until each is `confirmed` again.
    func disconnected(on loop: isolated EventLoop)
}
