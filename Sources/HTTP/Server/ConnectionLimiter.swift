package import Transport

/// Counts connections, in all and by address, and says when there is no room for one more.
package final class ConnectionLimiter: Sendable {
    package enum Verdict {
        case admitted(ConnectionPlace)
        /// The connection gets this answer, and no other.
        case refused(ConnectionPlace, HTTPResponse)
        case dropped
    }

    private struct Counts {
        var open = 0
        var refused = 0
        var byAddress: [AddressKey: Int] = [:]
    }

    private let counts = Locked(Counts())
    private let maximum: Int
    private let maximumPerAddress: Int?
    private let maximumRefusals: Int

    /// - Parameter maximumRefusals: so many refused connections at a time are told why; more are closed without a word.
    package init(maximum: Int, maximumPerAddress: Int?, maximumRefusals: Int) {
        self.maximum = maximum
        self.maximumRefusals = maximumRefusals
        self.maximumPerAddress = maximumPerAddress
    }

    package convenience init(_ configuration: HTTPConfiguration) {
        self.init(
            maximum: configuration.maximumConnections,
            maximumPerAddress: configuration.maximumConnectionsPerAddress,
            maximumRefusals: configuration.maximumRefusals)
    }

    /// How many were admitted and have not ended.
    package var openCount: Int { counts.withLock { $0.open } }

    /// Counts a connection in. One that is refused takes nobody's place.
    package func admit(_ address: SocketAddress) -> Verdict {
        let key = AddressKey(address)
        return counts.withLock { counts -> Verdict in
            guard let refusal = refusal(of: key, counts) else {
                counts.open += 1
                if maximumPerAddress != nil { counts.byAddress[key, default: 0] += 1 }
                return .admitted(ConnectionPlace(limiter: self, isRefusal: false))
            }
            guard counts.refused < maximumRefusals else { return .dropped }
            counts.refused += 1
            return .refused(ConnectionPlace(limiter: self, isRefusal: true), refusal)
        }
    }

    private func refusal(of key: AddressKey, _ counts: Counts) -> HTTPResponse? {
        if counts.open >= maximum {
            return .refusal(.serviceUnavailable, "This server has no room for another connection.")
        }
        if let maximumPerAddress, counts.byAddress[key, default: 0] >= maximumPerAddress {
            return .refusal(.tooManyRequests, "There are too many connections from your address.")
        }
        return nil
    }

    /// One that was admitted from this address has ended.
    package func release(_ address: SocketAddress) { release(address, isRefusal: false) }

    fileprivate func release(_ address: SocketAddress, isRefusal: Bool) {
        let key = AddressKey(address)
        counts.withLock { counts in
            if isRefusal {
                counts.refused -= 1
                return
            }
            counts.open -= 1
            guard let count = counts.byAddress[key] else { return }
            counts.byAddress[key] = count > 1 ? count - 1 : nil
        }
    }
}

/// One connection's place among those counted, given back exactly once: by its owner, or by whoever has taken over an
/// admitted one.
package struct ConnectionPlace: Sendable {
    fileprivate let limiter: ConnectionLimiter
    fileprivate let isRefusal: Bool

    /// - Parameter address: the one it was admitted with; the place itself is too small to hold it.
    package func release(_ address: SocketAddress) { limiter.release(address, isRefusal: isRefusal) }
}

/// Whose connection it is, for counting.
package struct AddressKey: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    package init(_ address: SocketAddress) {
        let bytes = address.bytes
        func number(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        let isMapped = bytes.count == 16 && bytes.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF])
        if address.isIPv6, !isMapped {
            // RFC 6177: one subscriber has a whole /64 or more; single addresses cost it nothing.
            (high, low) = (number(bytes[..<8]), .max)
        } else {
            (high, low) = (0, number(bytes.suffix(4)))
        }
    }
}

extension HTTPResponse {
    static func refusal(_ status: HTTPStatus, _ words: String) -> HTTPResponse {
        var response = HTTPResponse(status: status, text: words, keepsAlive: false)
        response.headers.append("Retry-After", "5")
        return response
    }
}
