import Foundation
import RESP
import TestSupport
import Transport
import WebSocket

@testable import ChatServer
@testable import Rooms

/// A chat server in this process, on a port of its own.
final class TestServer: Sendable {
    let service: ChatService
    let port: UInt16
    let store: any ChatStore
    private let server: WebSocketServer

    private init(_ store: any ChatStore, _ settings: Settings, name: String) async throws {
        self.store = store
        service = ChatService(settings: settings, store: store, serverName: name, pages: .embedded)
        server = WebSocketServer(
            settings.webSocket(descriptors: 10_000), handler: service, on: TestLoops.group())
        await service.start(server)
        port = try await server.listen(on: .loopback(port: 0)).port
    }

    /// - Parameter redis: nil for the embedded store.
    static func start(
        redis url: String? = nil, _ change: (inout Settings) -> Void = { _ in }
    ) async throws -> TestServer {
        var settings = Settings(cores: 2)
        settings.closeTimeout = .seconds(2)
        change(&settings)
        let name = RandomText.server
        if let url {
            let store = RedisChatStore(
                try RedisConfiguration(url: url), options: settings.redisStore, server: name, on: TestLoops.group())
            return try await TestServer(store, settings, name: name)
        }
        let store = InMemoryChatStore(
            retention: settings.retention, server: name, wallClock: WallClock.milliseconds)
        return try await TestServer(store, settings, name: name)
    }

    static func start(_ kind: StoreKind, _ change: (inout Settings) -> Void = { _ in }) async throws -> TestServer {
        switch kind {
        case .embedded: try await start(change)
        case .redis: try await start(redis: RedisServer.shared.url, change)
        }
    }

    func stop() async { await service.drain(server, within: .milliseconds(100)) }

    func read(_ room: RoomName, _ request: RoomReading.Request = .newest(50)) async throws -> RoomReading {
        try await store.read(request, of: room, on: TestLoops.group().loops[0])
    }

    var connectionCount: Int { server.connectionCount }

    func url(_ parameters: String) -> String { "ws://127.0.0.1:\(port)/ws?\(parameters)" }

    /// The status and the body of a GET.
    func get(_ path: String, headers: String = "") async throws -> (status: Int, body: String) {
        let raw = try await RawConnection.connect(to: port)
        await raw.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\(headers)\r\n")
        let answer = String(decoding: try await raw.whole(), as: UTF8.self)
        let parts = answer.components(separatedBy: "\r\n\r\n")
        return (Int(answer.dropFirst(9).prefix(3)) ?? 0, parts.dropFirst().joined(separator: "\r\n\r\n"))
    }

    /// The status of an upgrade that is asked for with these fields.
    func upgrade(_ parameters: String, headers: String = "") async throws -> Int {
        let raw = try await RawConnection.connect(to: port)
        await raw.send(upgradeRequest(parameters, headers: headers))
        let answer = try await raw.received("the head of the answer") { $0.contains("\r\n\r\n") }
        await raw.close()
        return Int(answer.dropFirst(9).prefix(3)) ?? 0
    }

    func upgradeRequest(_ parameters: String, headers: String = "") -> String {
        "GET /ws?\(parameters) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(headers)\r\n"
    }
}

/// A TCP connection whose bytes a test writes and reads by itself.
final class RawConnection: Sendable {
    private final class Core: TCPConnectionHandler {
        let recorder: Recorder<[UInt8]?>
        var connection: TCPConnection?
        init(_ recorder: Recorder<[UInt8]?>) { self.recorder = recorder }

        func connection(
            _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
        ) {
            recorder.record(Array(bytes))
        }

        func connectionClosed(
            _ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop
        ) {
            recorder.record(nil)
        }
    }

    private let core: LoopBound<Core>
    private let recorder: Recorder<[UInt8]?>

    private init(_ core: LoopBound<Core>, _ recorder: Recorder<[UInt8]?>) {
        (self.core, self.recorder) = (core, recorder)
    }

    static func connect(to port: UInt16) async throws -> RawConnection {
        let recorder = Recorder<[UInt8]?>()
        let core = try await TestLoops.next().run { loop in
            let core = Core(recorder)
            core.connection = try TCPConnection(
                connectingTo: .loopback(port: port), timeout: .seconds(5), handler: core, on: loop)
            core.connection?.outboundBudget = .max
            return LoopBound(core, on: loop)
        }
        return RawConnection(core, recorder)
    }

    private func onLoop(_ body: @escaping @Sendable (TCPConnection?, isolated EventLoop) -> Void) async {
        await core.loop.run { [core] loop in body(core.open(on: loop).connection, loop) }
    }

    func send(_ bytes: [UInt8]) async { await onLoop { $0?.send(SharedBytes(bytes), on: $1) } }
    func send(_ text: String) async { await send(Array(text.utf8)) }
    func pause() async { await onLoop { $0?.pauseInput(on: $1) } }
    func resume() async { await onLoop { $0?.resumeInput(on: $1) } }
    func close() async { await onLoop { $0?.close(on: $1) } }

    /// What has come so far, as soon as `condition` holds for it.
    @discardableResult
    func received(_ what: String, until condition: @escaping @Sendable (String) -> Bool) async throws -> String {
        let events = try await recorder.wait(what) {
            condition(String(decoding: $0.compactMap(\.self).joined(), as: UTF8.self))
        }
        return String(decoding: events.compactMap(\.self).joined(), as: UTF8.self)
    }

    /// When what came last ends with these bytes.
    func ends(with tail: [UInt8], within limit: Duration = .seconds(30)) async throws {
        try await recorder.wait("certain bytes come last", within: limit) { events in
            Array(events.suffix(3).compactMap(\.self).joined().suffix(tail.count)) == tail
        }
    }

    /// All that comes until the connection ends.
    func whole(within limit: Duration = .seconds(15)) async throws -> [UInt8] {
        let events = try await recorder.wait("the connection ends", within: limit) { $0.contains(nil) }
        return Array(events.compactMap(\.self).joined())
    }
}
