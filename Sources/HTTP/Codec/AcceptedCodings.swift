/// Which content codings a client takes, and which it likes best: the field Accept-Encoding, RFC 9110 §12.5.3.
package struct AcceptedCodings: Sendable {
    /// By name in lower case; from 0, which refuses a coding, to 1,000.
    private var weights: [String: Int] = [:]

    package init(_ headers: HTTPHeaders) {
        for element in headers.elements("Accept-Encoding") {
            let parts = element.split(separator: ";", omittingEmptySubsequences: false).map {
                HTTPSyntax.lowercased(String(decoding: HTTPSyntax.trimmed(Array($0.utf8)), as: UTF8.self))
            }
            // RFC 9110 §8.4.1.3: a recipient takes x-gzip for gzip.
            let name = parts[0] == "x-gzip" ? "gzip" : parts[0]
            guard weights[name] == nil, HTTPSyntax.isToken(name.utf8) else { continue }
            switch parts.count {
            case 1: weights[name] = 1_000
            // A weight that is none refuses: identity, which always works, is sent instead.
            case 2: weights[name] = Self.weight(parts[1]) ?? 0
            default: weights[name] = 0
            }
        }
    }

    /// Whether to send this coding rather than the plain bytes: it is accepted, and not liked less than those.
    ///
    /// Where nothing is said, the plain bytes are sent: there are clients that never say what they can't do.
    package func prefer(_ coding: String) -> Bool {
        guard let weight = weights[coding] ?? weights["*"], weight > 0 else { return false }
        return weight >= weights["identity"] ?? 0
    }

    /// Reads `q=0.123`: RFC 9110 §12.4.2.
    private static func weight(_ parameter: String) -> Int? {
        let bytes = Array(parameter.utf8)
        guard bytes.starts(with: "q=".utf8), bytes.count >= 3, bytes.count <= 7 else { return nil }
        guard let whole = HTTPSyntax.number(bytes[2...2], limit: 1) else { return nil }
        if bytes.count == 3 { return whole * 1_000 }
        guard bytes[3] == UInt8(ascii: ".") else { return nil }
        let digits = Array(bytes[4...]) + Array(repeating: UInt8(ascii: "0"), count: 7 - bytes.count)
        guard let fraction = HTTPSyntax.number(digits, limit: 999) else { return nil }
        let weight = whole * 1_000 + fraction
        return weight <= 1_000 ? weight : nil
    }
}
