import Foundation
import TestSupport
import Testing
import WebSocket

extension LiveTests {
    /// What one who never reads can make the server hold: its budget, and no more. `ABUSE_MEGABYTES` makes the
    /// broadcast longer.
    @Suite("Attacks on memory")
    struct MemoryAttackTests {
        /// What may come on top of the documented budgets.
        private static let slack = 4 << 20

        @Test("a client that never reads while much is broadcast costs its budget; it is closed, and others get all")
        func neverReads() async throws {
            let megabytes = environmentNumber("ABUSE_MEGABYTES") ?? 16
            try await Victim.run("--rate", "0", "--stall-timeout", "3", "--history", "1", "--retention", "10") {
                victim in
                let deaf = try await victim.upgraded("loud", receiveBuffer: 4_096)
                try await deaf.receiveFrames("the join's end") { $0.contains { $0.text.contains("member_add") } }
                await deaf.pauseReading()
                let speaker = try await WebSocketClient.connect(
                    to: "ws://\(victim.address)/ws?room=loud", on: TestLoops.next())
                while case .text(let text) = try await speaker.receive(), !text.contains("\"member_add\"") {}
                let text = String(repeating: "x", count: 8_000)
                /// So many at a time: the room's own memory is full from then on.
                func speak(_ count: Int) async throws {
                    for _ in 0..<count { await speaker.send("{\"topic\":\"send\",\"data\":\"\(text)\"}") }
                    var heard = 0
                    while heard < count {
                        if case .text(let text) = try await speaker.receive(), text.contains("\"messages\"") {
                            heard += 1
                        }
                    }
                }
                try await speak(600)
                let before = try victim.memory()
                for _ in 0..<(megabytes * 125 / 50) { try await speak(50) }
                let growth = try victim.memory() - before
                print("\(megabytes) MB broadcast past a client that never reads: \(growth / 1024) KiB")
                #expect(!Victim.canMeasureMemory || growth < Self.slack + 1_048_576)
                try await victim.bystanderIsServed()
                try await eventually("it is closed when it has taken nothing for so long") {
                    try await victim.metric("websocket_closes_total{code=\"1013\"}") == 1
                }
            }
        }

        @Test("a flood of pings whose pongs are never read ends soon")
        func pings() async throws {
            try await Victim.run("--stall-timeout", "3", "--close-timeout", "1") { victim in
                let before = try victim.memory()
                let peer = try await victim.upgraded("pings", receiveBuffer: 4_096)
                await peer.pauseReading()
                let flood = (0..<1_000).flatMap { _ in Client.ping([UInt8](repeating: 7, count: 125)) }
                for _ in 0..<100 { await peer.send(flood) }
                try await eventually("it is closed") {
                    try await victim.metric("websocket_closes_total{code=\"1008\"}") == 1
                }
                let growth = try victim.memory() - before
                print("100,000 pings, no pong read: \(growth / 1024) KiB")
                #expect(!Victim.canMeasureMemory || growth < Self.slack + 1_048_576)
                try await eventually("it is gone") { try await victim.metric("chat_connections") == 2 }
            }
        }
    }
}

private func environmentNumber(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
}
