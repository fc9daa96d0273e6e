package import Transport

/// Where rooms live. Two kinds pass one contract suite: Redis, shared by many servers, and this process alone.
///
/// Every call may be repeated: a send by its id, a join by its member, a leave by what it finds. Calls are held for as
/// long as the store is away, some seconds at most, and then throw `unavailable`. What a client waits for has a deadline
/// as well (nil: none), since it may have waited for other things before.
package protocol ChatStore: Sendable {
    /// One line for the log: which store it is and what that means.
    var summary: String { get }
    /// What keeps it from serving a join just now, in words for whoever runs the server; nil while nothing does.
    var problem: String? { get }

    /// Everything that is published in the open rooms goes to `feed` from now on.
    func start(_ feed: LoopBound<any RoomFeed>) async
    func stop() async

    /// The feed hears `confirmed` when the room's payloads arrive, and again whenever they do after an interruption.
    func open(_ room: RoomName)
    func close(_ room: RoomName)
    /// How far this server has shown a room; nil when it is closed. A store that finds itself in an older state than this
    /// was put back, and begins a fresh epoch before it changes anything.
    func remember(_ head: RoomHead?, of room: RoomName)

    /// Whether anybody has been or spoken in the room, and it is still kept.
    func exists(
        _ room: RoomName, by deadline: ContinuousClock.Instant, on loop: isolated EventLoop
    ) async throws(StoreError) -> Bool
    /// One atomic look at a room, which is made if there is none.
    func read(
        _ request: RoomReading.Request, of room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> RoomReading
    /// Up to `limit` messages before a number (nil: the newest), oldest first, and whether there are none before them.
    func page(
        before seq: Int?, limit: Int, of room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> MessagePage

    func append(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> Receipt
    /// The same without a task that waits, which most messages need none of.
    /// - Returns: the outcome where it is known at once; nil where `completion` will be called with it.
    func append(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop,
        completion: @escaping AppendCompletion
    ) -> Result<Receipt, StoreError>?
    /// What is known of somebody who was in the room within the last day.
    func session(
        of socket: String, in room: RoomName, by deadline: ContinuousClock.Instant?, on loop: isolated EventLoop
    ) async throws(StoreError) -> StoredSession?
    /// Brings a member into the room, or takes it over from the connection that held it.
    /// - Parameters:
    ///   - attempt: names this attachment; repeated under the same name it changes nothing.
    ///   - opened: when the connection was. A call may be held for seconds, while the client goes on to another server.
    /// - Returns: nil where a connection opened later has been attached before this one.
    func attach(
        _ member: Member, secret: String, attempt: String, opened: ContinuousClock.Instant, to room: RoomName,
        by deadline: ContinuousClock.Instant?, on loop: isolated EventLoop
    ) async throws(StoreError) -> Attachment?
    /// Puts back a member that a sweep took, or a store that lost its data. False: somebody newer stands there.
    func putBack(
        _ member: Member, secret: String, generation: Int, to room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> Bool
    /// A member whose field says another server or generation stays.
    func leave(
        _ socket: String, generation: Int, from room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError)
    func rename(
        _ member: Member, generation: Int, in room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError)
    /// Not kept, and lost if nobody hears it.
    func announceTyping(
        _ socket: String, epoch: String, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError)
    /// Takes the members of dead servers out of a room.
    func sweep(_ servers: [String], from room: RoomName, on loop: isolated EventLoop) async throws(StoreError)
    /// Renews this server's lease, and tells everybody's; nil where there is only this server.
    func renewLease(on loop: isolated EventLoop) async throws(StoreError) -> Leases?
    /// Where the rooms stand, in one go. A room that must be mended first is left out.
    func heads(of rooms: [RoomName], on loop: isolated EventLoop) async throws(StoreError) -> [RoomName: RoomHead]
    /// Those of this server's members whom the store doesn't have as this server has left them: not in the roster, or
    /// without a session.
    func missing(_ rooms: [RoomSeats], on loop: isolated EventLoop) async throws(StoreError) -> [RoomName: [String]]
    /// Keeps the room's members and their sessions for another day.
    func renew(_ room: RoomName, sockets: [String], on loop: isolated EventLoop) async throws(StoreError)
}

/// Called on the loop that asked.
package typealias AppendCompletion = (Result<Receipt, StoreError>) -> Void

extension ChatStore {
    func append(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop,
        completion: @escaping AppendCompletion
    ) -> Result<Receipt, StoreError>? {
        loop.startTask {
            let result: Result<Receipt, StoreError>
            do throws(StoreError) {
                result = .success(try await append(message, to: room, by: deadline, on: loop))
            } catch {
                result = .failure(error)
            }
            completion(result)
        }
        return nil
    }

    /// Whether a join would be served now.
    package var isAvailable: Bool { problem == nil }
}

/// What the store keeps of somebody for a day, so that a token can bring it back.
package struct StoredSession: Hashable, Sendable, SecretHolder {
    package let secret: String
    package let member: Member

    package var description: String { "the session of \(member.socket)" }
}

package struct MessagePage: Hashable, Sendable {
    package let epoch: String
    /// Oldest first.
    package let messages: [StoredMessage]
    /// There are none before these.
    package let isComplete: Bool
}

package enum StoreError: Error, Hashable, Sendable {
    /// It did not answer in time; what was asked may or may not have been done.
    case unavailable(String)
    /// It answered with something that repeating won't change.
    case failed(String)
    /// The room is of a later format than this server knows; nothing was done.
    case laterFormat(String)

    package static let laterFormatReason = "this room needs a later version of this server"

    package var isAway: Bool { if case .unavailable = self { true } else { false } }
    package var isLaterFormat: Bool { if case .laterFormat = self { true } else { false } }

    /// Why whoever wants to come in can't, in words for a person.
    package var closeReason: String { isLaterFormat ? Self.laterFormatReason : "the room can't be entered just now" }
}

/// Who hears what is published. All calls are made on the feed's loop, in the store's order.
package protocol RoomFeed: AnyObject {
    func confirmed(_ room: RoomName, on loop: isolated EventLoop)
    func received(_ payload: ArraySlice<UInt8>, in room: RoomName, on loop: isolated EventLoop)
    /// Every room is cut off, until each is `confirmed` again.
    func disconnected(on loop: isolated EventLoop)
}
