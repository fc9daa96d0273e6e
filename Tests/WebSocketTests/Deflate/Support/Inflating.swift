@testable import WebSocket

/// What became of a message.
struct InflateOutcome: Equatable, Sendable {
    var bytes: [UInt8] = []
    var error: InflateError?
}

extension Inflater {
    /// Inflates a message that comes in pieces as large as `pieceSize` says.
    mutating func message(_ payload: [UInt8], limit: Int = 1 << 20, pieceSize: () -> Int) -> InflateOutcome {
        var outcome = InflateOutcome()
        var rest = payload[...]
        do {
            while !rest.isEmpty {
                let piece = rest.prefix(max(1, pieceSize()))
                rest = rest.dropFirst(piece.count)
                try piece.withUnsafeBytes { try inflate($0, into: &outcome.bytes, limit: limit) }
            }
            try endMessage(into: &outcome.bytes, limit: limit)
        } catch {
            outcome.error = error as? InflateError
        }
        return outcome
    }

    /// Inflates a message that comes whole.
    mutating func message(_ payload: [UInt8], limit: Int = 1 << 20) -> InflateOutcome {
        message(payload, limit: limit) { payload.count }
    }
}

/// What a fresh inflater makes of a payload, which must be the same byte by byte.
func inflated(_ payload: [UInt8], windowBits: Int = 15, limit: Int = 1 << 20) -> InflateOutcome {
    var whole = Inflater(windowBits: windowBits)
    var bytewise = Inflater(windowBits: windowBits)
    let outcome = whole.message(payload, limit: limit)
    precondition(bytewise.message(payload, limit: limit) { 1 } == outcome, "byte by byte differs")
    return outcome
}

extension Deflater {
    /// A message's payload.
    mutating func payload(_ message: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        message.withUnsafeBytes { deflate($0, into: &output) }
        return output
    }
}

/// A stream of bits, written as RFC 1951 §3.1.1 packs them.
struct BitStream {
    private(set) var bytes: [UInt8] = []
    private var used = 0

    /// Appends a number, its least significant bit first.
    mutating func number(_ number: Int, _ count: Int) {
        for bit in 0..<count {
            if used % 8 == 0 { bytes.append(0) }
            bytes[used / 8] |= UInt8(number >> bit & 1) << UInt8(used % 8)
            used += 1
        }
    }

    /// Appends a code, its most significant bit first.
    mutating func code(_ code: Int, _ count: Int) {
        for bit in (0..<count).reversed() { number(code >> bit & 1, 1) }
    }

    /// The last byte as full as it is: the header of an empty stored block, whose rest the receiver supplies.
    mutating func endMessage() -> [UInt8] {
        number(0, 3)
        return bytes
    }
}
