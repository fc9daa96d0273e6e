import Foundation
import TestSupport
import Testing
import Transport
import WebSocket

/// A ChatServer process under attack, and somebody who chats there all the while.
final class Victim: Sendable {
    let process: ChildProcess
    let address: SocketAddress
    private let bystander: WebSocketClient

    /// Runs `body` against a server of its own: afterwards it must still be there, and serve the bystander.
    static func run(_ flags: String..., body: (Victim) async throws -> Void) async throws {
        let flags = ["--embedded", "--metrics", "--port", "0", "--log-level", "error"] + flags
        let process = try await ChildProcess.start(Executable.path, flags, environment: Executable.environment)
        let victim = try await Victim(process, port: try await Executable.port(of: process))
        try await victim.bystanderIsServed()
        try await body(victim)
        try await victim.bystanderIsServed()
        let hasExited = process.hasExited
        #expect(!hasExited, "\(process.lines.suffix(20))")
        try await process.end()
    }

    private init(_ process: ChildProcess, port: UInt16) async throws {
        self.process = process
        address = SocketAddress.loopback(port: port)
        bystander = try await WebSocketClient.connect(
            to: "ws://127.0.0.1:\(port)/ws?room=bystander", on: TestLoops.next())
        while case .text(let text) = try await bystander.receive(), !text.contains("\"member_add\"") {}
    }

    /// A ping of somebody else's is answered within a second, which is long.
    func bystanderIsServed() async throws {
        try await within(.seconds(1), "the bystander's ping is answered") { [bystander] in
            await bystander.send("{\"topic\":\"ping\"}")
            while case .text(let text) = try await bystander.receive(), !text.contains("\"pong\"") {}
        }
    }

    // MARK: Connections

    func peer(receiveBuffer: Int32? = nil) async throws -> RawPeer {
        try await RawPeer.connect(to: address, receiveBuffer: receiveBuffer)
    }

    /// In a room of its own, its handshake done.
    func upgraded(_ room: String = "attack", receiveBuffer: Int32? = nil) async throws -> RawPeer {
        try await RawPeer.upgraded(to: address, target: "/ws?room=\(room)", receiveBuffer: receiveBuffer)
    }

    /// The whole answer to a request whose connection ends behind it.
    func answer(to request: String) async throws -> String {
        let peer = try await peer()
        await peer.send(request)
        return try await peer.receiveTextToEnd()
    }

    // MARK: What it says of itself

    /// One counter or gauge of `/metrics`, its label included; 0 where it was never counted.
    func metric(_ name: String) async throws -> Int {
        let page = try await answer(to: "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        let line = page.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
    }

    /// Whether memory says anything: sanitizers take a multiple of it.
    static let canMeasureMemory = ProcessInfo.processInfo.environment["SANITIZER"] == nil

    /// The memory it has in use, in bytes.
    func memory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) * 1024
    }
}
