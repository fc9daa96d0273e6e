import RESP
import TestSupport
import Testing
import Transport

@testable import ChatServer
@testable import Rooms

/// Both stores pass the same suite.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case embedded, redis
    var testDescription: String { rawValue }
}

enum FeedEvent: Sendable, Equatable {
    case confirmed(RoomName)
    case payload(RoomName, [UInt8])
    case disconnected

    /// In a few words, as `words(ofEvent:)` puts them.
    var words: String {
        switch self {
        case .confirmed: "confirmed"
        case .payload(_, let json): ChatServerTests.words(ofEvent: json)
        case .disconnected: "disconnected"
        }
    }
}

/// A store with an ear on it, and a room nobody else uses.
final class StoreFixture: Sendable {
    let store: any ChatStore
    let room: RoomName
    let feed: Recorder<FeedEvent>
    let loop: EventLoop
    private let ear: LoopBound<any RoomFeed>
    /// Of each member's last attachment through this fixture.
    private let generations = Guarded([String: Int]())

    private init(_ store: any ChatStore, room: RoomName, on loop: EventLoop) async {
        self.store = store
        self.room = room
        self.loop = loop
        let feed = Recorder<FeedEvent>()
        self.feed = feed
        ear = await loop.run { loop in LoopBound(Ear(feed), on: loop) }
        await store.start(ear)
    }

    static func uniqueRoom() -> RoomName { RoomName(uniqueName("room")) ?? .lobby }

    static func make(_ kind: StoreKind, retention: Int = 1_000, room: RoomName? = nil) async throws -> StoreFixture {
        switch kind {
        case .embedded:
            let store = InMemoryChatStore(retention: retention, server: "server", wallClock: WallClock.milliseconds)
            return await StoreFixture(store, room: room ?? uniqueRoom(), on: TestLoops.next())
        case .redis:
            return try await redis(RedisServer.shared.url, retention: retention, room: room)
        }
    }

    static func embedded(_ limits: InMemoryChatStore.Limits) async -> StoreFixture {
        let store = InMemoryChatStore(
            retention: 10, server: "server", limits: limits, wallClock: WallClock.milliseconds)
        return await StoreFixture(store, room: uniqueRoom(), on: TestLoops.next())
    }

    static func redis(
        _ url: String, retention: Int = 1_000, server: String = "server", patience: Duration = .seconds(5),
        room: RoomName? = nil
    ) async throws -> StoreFixture {
        var options = RedisChatStore.Options()
        options.retention = retention
        options.patience = patience
        let store = RedisChatStore(
            try RedisConfiguration(url: url), options: options, server: server, on: TestLoops.group())
        return await StoreFixture(store, room: room ?? uniqueRoom(), on: TestLoops.group().loops[0])
    }

    func stop() async { await store.stop() }

    /// Opens the room and waits until its payloads arrive.
    func open() async throws {
        store.open(room)
        try await feed.wait("the room is confirmed") { [room] in $0.contains(.confirmed(room)) }
    }

    /// The payloads of this room so far, in words.
    var heard: [String] {
        feed.events.compactMap { event in
            if case .payload(room, _) = event { event.words } else { nil }
        }
    }

    func hears(_ expected: [String]) async throws {
        try await feed.wait("the feed says \(expected)") { [room] events in
            let heard = events.compactMap { if case .payload(room, _) = $0 { $0.words } else { nil } }
            return heard.count >= expected.count
        }
        #expect(heard == expected)
    }

    /// The lease's answer tells it, unless it took too long.
    func learnsTime() async throws {
        guard let store = store as? RedisChatStore else { return }
        try await eventually("Redis tells its time") {
            _ = try await store.renewLease(on: loop)
            return store.knowsTime
        }
    }

    // MARK: Short forms

    static func member(_ socket: String, name: String? = nil) -> Member { ModelRoom.member(socket, name: name) }

    @discardableResult
    func say(
        _ text: String = "hello", id: String = RandomText.make(16), by socket: String = "ada",
        in other: RoomName? = nil
    ) async throws -> Receipt {
        let message = OutgoingMessage(id: id, member: Self.member(socket), text: text)
        return try await store.append(message, to: other ?? room, on: loop)
    }

    @discardableResult
    func join(
        _ socket: String, name: String? = nil, attempt: String = "first", secret: String = "secret",
        opened: ContinuousClock.Instant = .now, in other: RoomName? = nil
    ) async throws -> Rooms.Attachment {
        try #require(
            try await attach(socket, name: name, attempt: attempt, secret: secret, opened: opened, in: other))
    }

    func attach(
        _ socket: String, name: String? = nil, attempt: String, secret: String = "secret",
        opened: ContinuousClock.Instant, in other: RoomName? = nil
    ) async throws -> Rooms.Attachment? {
        let attachment = try await store.attach(
            Self.member(socket, name: name), secret: secret, attempt: attempt, opened: opened, to: other ?? room,
            on: loop)
        if let attachment { generations.withLock { $0[socket] = attachment.generation } }
        return attachment
    }

    /// - Parameter offset: from the generation of the member's last attachment here.
    func leave(_ socket: String, offset: Int = 0) async throws {
        try await store.leave(socket, generation: generation(of: socket) + offset, from: room, on: loop)
    }

    func rename(_ member: Member, to name: String, offset: Int = 0) async throws {
        var renamed = member
        renamed.username = name
        try await store.rename(renamed, generation: generation(of: member.socket) + offset, in: room, on: loop)
    }

    private func generation(of socket: String) -> Int { generations.withLock { $0[socket] ?? 1 } }

    func read(_ request: RoomReading.Request = .newest(50), in other: RoomName? = nil) async throws -> RoomReading {
        try await store.read(request, of: other ?? room, on: loop)
    }

    func page(before seq: Int?, limit: Int) async throws -> MessagePage {
        try await store.page(before: seq, limit: limit, of: room, on: loop)
    }
}

private final class Ear: RoomFeed {
    let feed: Recorder<FeedEvent>

    init(_ feed: Recorder<FeedEvent>) { self.feed = feed }

    func confirmed(_ room: RoomName, on loop: isolated EventLoop) { feed.record(.confirmed(room)) }

    func received(_ payload: ArraySlice<UInt8>, in room: RoomName, on loop: isolated EventLoop) {
        feed.record(.payload(room, Array(payload)))
    }

    func disconnected(on loop: isolated EventLoop) { feed.record(.disconnected) }
}
