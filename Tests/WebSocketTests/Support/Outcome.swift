import TestSupport
import WebSocket

/// What a connection made of its input: the events, then perhaps a violation.
struct Outcome: Equatable {
    var events: [ConnectionProtocol.Event] = []
    var violation: ProtocolViolation?

    /// Feeds one connection with all chunks, until it throws.
    init(
        feeding chunks: [[UInt8]],
        role: ConnectionProtocol.Role = .server,
        limits: ConnectionProtocol.Limits = .init(),
        compression: PerMessageDeflate? = nil
    ) {
        var connection = ConnectionProtocol(role: role, limits: limits, compression: compression)
        for chunk in chunks {
            do {
                try withInput(chunk) { input in
                    while let event = try connection.nextEvent(from: &input) { events.append(event) }
                    precondition(input.isEmpty, "nil means that the input is used up")
                }
            } catch {
                violation = error as? ProtocolViolation
                return
            }
        }
    }

    init(_ events: [ConnectionProtocol.Event], _ violation: ProtocolViolation? = nil) {
        self.events = events
        self.violation = violation
    }
}
