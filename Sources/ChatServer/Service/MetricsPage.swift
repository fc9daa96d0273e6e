import Rooms
import WebSocket

/// The counters as Prometheus' text format (version 0.0.4) has them.
enum MetricsPage {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static func make(
        _ socket: WebSocketMetrics, _ chat: ChatMeter.Counts, _ rooms: RoomMeter.Counts, connections: Int,
        isStoreAvailable: Bool
    ) -> String {
        var page = Page()
        page.gauge("chat_connections", "Connections open now, those in their handshake included.", connections)
        page.gauge("chat_sessions", "WebSocket sessions open now.", socket.sessions - socket.endedSessions)
        page.gauge("chat_rooms", "Rooms open now.", rooms.openedRooms - rooms.closedRooms)
        page.gauge("chat_store_up", "Whether the store answers.", isStoreAvailable ? 1 : 0)
        page.counter("chat_joins_total", "Joins that went through.", chat.joins)
        page.counter("chat_failed_joins_total", "Joins closed with 1013.", chat.failedJoins)
        page.counter(
            "chat_limited_joins_total", "Joins refused since too many came from one address.", chat.limitedJoins)
        page.counter("chat_taken_over_total", "Connections closed for a newer one of their member.", rooms.takenOver)
        page.counter("chat_messages_total", "Sends that the store has.", chat.messages)
        page.counters(
            "chat_errors_total", "What clients were told they can't have.", label: "code",
            chat.errors.map { ($0.key.rawValue, $0.value) })
        page.counter("chat_junk_payloads_total", "Payloads that no server of ours can have published.", rooms.junk)
        page.counter(
            "chat_unknown_events_total", "Events of kinds that only a later version of this server shows.",
            rooms.unknownEvents)
        page.counter("websocket_connections_total", "Connections taken.", socket.http.connections)
        page.counter(
            "websocket_dropped_connections_total", "Connections closed without a word.", socket.http.droppedConnections)
        page.counter("websocket_sessions_total", "Handshakes that became sessions.", socket.sessions)
        page.counters(
            "websocket_http_responses_total", "Responses to requests that are no handshake, or a refused one.",
            label: "status", socket.http.responses.map { (String($0.key.rawValue), $0.value) })
        page.counters(
            "websocket_closes_total", "Sessions closed by this server first.", label: "code",
            socket.closes.map { (String($0.key.rawValue), $0.value) })
        page.counter(
            "websocket_slow_handshakes_total", "Connections cut at the handshake timeout.", socket.http.slowRequests)
        page.counter("websocket_silent_peers_total", "Sessions given up for an unanswered ping.", socket.silentPeers)
        page.counter("websocket_slow_peers_total", "Times a peer was over its outbound budget.", socket.slowPeers)
        page.counter("websocket_slow_closes_total", "Connections cut at the close timeout.", socket.slowCloses)
        return page.text
    }

    private struct Page {
        var text = ""

        mutating func gauge(_ name: String, _ help: String, _ value: Int) {
            head(name, help, "gauge")
            text += "\(name) \(value)\n"
        }

        mutating func counter(_ name: String, _ help: String, _ value: Int) {
            head(name, help, "counter")
            text += "\(name) \(value)\n"
        }

        mutating func counters(_ name: String, _ help: String, label: String, _ values: [(String, Int)]) {
            head(name, help, "counter")
            for (key, value) in values.sorted(by: { $0.0 < $1.0 }) {
                text += "\(name){\(label)=\"\(key)\"} \(value)\n"
            }
        }

        private mutating func head(_ name: String, _ help: String, _ type: String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }
    }
}
