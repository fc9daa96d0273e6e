/// A request's body by the letter of RFC 9112 §6 and §7.1, looked at as a whole.
extension HTTPReference {
    enum Declaration: Equatable {
        case nothing
        case length(String)
        case chunks
    }

    /// What the head says of the body; nil where that is in doubt, or another coding than ours.
    var declaresBody: Declaration? {
        let lengths = values("content-length")
        guard values("transfer-encoding").isEmpty else {
            let codings = list("transfer-encoding")
            return lengths.isEmpty && minor > 0 && codings.count == 1 && Self.isEqual(codings[0], "chunked")
                ? .chunks : nil
        }
        guard let length = lengths.first else { return .nothing }
        guard lengths.count == 1, !length.isEmpty, length.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        let digits = length.utf8.drop { $0 == 48 }
        return digits.isEmpty ? .nothing : .length(String(decoding: digits, as: UTF8.self))
    }

    enum Body: Equatable {
        /// It has so many bytes, its coding included.
        case whole(Int)
        case partial
        case bad
    }

    /// What the bytes behind the head are of the body.
    func body(in bytes: [UInt8], _ limits: HTTPLimits) -> Body {
        switch declaresBody {
        case nil: return .bad
        case .nothing: return .whole(0)
        case .length(let digits):
            guard let count = Int(digits), count <= limits.body else { return .bad }
            return count <= bytes.count ? .whole(count) : .partial
        case .chunks: return Self.chunks(bytes, limits)
        }
    }

    private static func chunks(_ bytes: [UInt8], _ limits: HTTPLimits) -> Body {
        var (position, size, extras) = (0, 0, 0)
        while true {
            let line = line(bytes[position...], longest: 1_024, budget: 1_026)
            guard case .found(let text, let next) = line else { return line == .partial ? .partial : .bad }
            let digits = text.prefix { "0123456789abcdefABCDEF".utf8.contains($0) }
            let rest = text.dropFirst(digits.count)
            guard digits.count <= 16, let count = Int(String(decoding: digits, as: UTF8.self), radix: 16),
                rest.isEmpty || rest.drop(while: { $0 == 32 || $0 == 9 }).first == UInt8(ascii: ";")
            else { return .bad }
            extras += rest.count
            size += min(count, 1 << 40)
            guard extras <= 16_384, size <= limits.body else { return .bad }
            position = next
            if count == 0 { return trailer(bytes, from: position, limits) }
            guard position + count <= bytes.count else { return .partial }
            position += count
            let end = bytes[position...].prefix(2)
            guard [13, 10].starts(with: end) else { return .bad }
            guard end.count == 2 else { return .partial }
            position += 2
        }
    }

    /// What a whole body carries, without what is around its chunks.
    func content(of body: [UInt8]) -> [UInt8] {
        guard declaresBody == .chunks else { return body }
        var (rest, content) = (body[...], [UInt8]())
        while let end = rest.firstIndex(of: 10) {
            let digits = rest[..<end].prefix { "0123456789abcdefABCDEF".utf8.contains($0) }
            guard let count = Int(String(decoding: digits, as: UTF8.self), radix: 16), count > 0 else { break }
            content += rest[(end + 1)...].prefix(count)
            rest = rest[(end + 1 + count + 2)...]
        }
        return content
    }

    private static func trailer(_ bytes: [UInt8], from start: Int, _ limits: HTTPLimits) -> Body {
        var (position, count) = (start, 0)
        while true {
            let line = line(bytes[position...], longest: limits.line, budget: limits.head - (position - start))
            guard case .found(let text, let next) = line else { return line == .partial ? .partial : .bad }
            position = next
            if text.isEmpty { return .whole(position) }
            count += 1
            let name = text.prefix { $0 != UInt8(ascii: ":") }
            guard count <= limits.fields, name.count < text.count, let name = ascii(name), isToken(name[...]) else {
                return .bad
            }
        }
    }

    private enum Line: Equatable {
        case found([UInt8], next: Int)
        case partial
        case bad
    }

    /// The first line of `bytes`, with its CRLF no longer than `budget`.
    private static func line(_ bytes: ArraySlice<UInt8>, longest: Int, budget: Int) -> Line {
        for index in bytes.indices {
            let count = index - bytes.startIndex
            guard count < budget else { return .bad }
            if bytes[index] == 13 {
                guard index + 1 < bytes.endIndex else { return .partial }
                guard count + 1 < budget, bytes[index + 1] == 10 else { return .bad }
                return .found(Array(bytes[..<index]), next: index + 2)
            }
            guard bytes[index] == 9 || bytes[index] >= 32 && bytes[index] != 127, count < longest else { return .bad }
        }
        return .partial
    }
}
