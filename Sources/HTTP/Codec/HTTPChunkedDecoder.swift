/// Takes the chunked transfer coding off a body, whatever pieces it comes in: RFC 9112 §7.1.
///
/// It is strict, since whoever reads the end of a body elsewhere than others do can be made to take a body's bytes for
/// another request: lines end with CRLF, a size is hexadecimal digits and nothing else, every length is checked for
/// overflow, extensions and trailers are bounded. After it has thrown, or has given the end, a decoder isn't used again.
public struct HTTPChunkedDecoder: Sendable {
    /// What the next of the stream is.
    public enum Part {
        /// Bytes of the body, at least one; a part of the input, and valid for as long as that is.
        case bytes(UnsafeMutableRawBufferPointer)
        /// The body is complete. The trailer's fields are to be used with care, if at all (RFC 9110 §6.5.1).
        case end(trailer: HTTPHeaders)
    }

    private enum State {
        case size
        /// So many bytes of a chunk are left, at least one.
        case data(Int)
        /// The CRLF behind a chunk, of which `hasReturn` tells whether CR was there.
        case dataEnd(hasReturn: Bool)
        case trailer(HTTPHeaders)
    }

    /// The longest line of a size, its extensions included, in bytes.
    private static let longestSizeLine = 1_024
    /// The most digits of a size, zeros before it included: those of the largest that a machine of 64 bits can count.
    private static let mostDigits = 16
    /// The most bytes of all extensions together: each chunk can have some, and nobody needs them.
    private static let mostExtensionBytes = 16_384

    private let limits: HTTPLimits
    private let maximumSize: Int
    private var size = 0
    private var extensionBytes = 0
    private var state = State.size
    private var reader: HTTPLineReader

    /// - Parameters:
    ///   - limits: what the trailer may cost.
    ///   - maximumSize: the most bytes that the body may have.
    public init(limits: HTTPLimits = HTTPLimits(), maximumSize: Int = .max) {
        self.limits = limits
        self.maximumSize = maximumSize
        reader = Self.sizeReader
    }

    private static var sizeReader: HTTPLineReader {
        HTTPLineReader(limits: HTTPLimits(line: longestSizeLine, head: longestSizeLine + 2))
    }

    /// Takes the next part off the front of `input`, and none of what follows it.
    ///
    /// - Returns: nil once `input` is used up.
    /// - Throws: `invalidChunk`; `bodyTooLarge`, as soon as a size tells it; for the trailer, what a head's fields can have
    ///   wrong.
    public mutating func next(from input: inout UnsafeMutableRawBufferPointer) throws(HTTPError) -> Part? {
        while !input.isEmpty {
            switch state {
            case .size:
                guard let line = try sizeLine(from: &input) else { return nil }
                try takeSize(line)
            case .data(let left):
                let bytes = input.consume(min(left, input.count))
                state = bytes.count == left ? .dataEnd(hasReturn: false) : .data(left - bytes.count)
                return .bytes(bytes)
            case .dataEnd(let hasReturn):
                guard input.consume(1)[0] == UInt8(ascii: hasReturn ? "\n" : "\r") else { throw .invalidChunk }
                state = hasReturn ? .size : .dataEnd(hasReturn: true)
            case .trailer(var fields):
                guard let line = try reader.next(from: &input, tooLong: .fieldTooLong) else { return nil }
                if line.isEmpty { return .end(trailer: fields) }
                guard fields.fields.count < limits.fields else { throw .tooManyFields }
                try fields.append(line: line)
                state = .trailer(fields)
            }
        }
        return nil
    }

    private mutating func sizeLine(from input: inout UnsafeMutableRawBufferPointer) throws(HTTPError) -> [UInt8]? {
        do throws(HTTPError) {
            return try reader.next(from: &input, tooLong: .invalidChunk)
        } catch {
            throw .invalidChunk
        }
    }

    private mutating func takeSize(_ line: [UInt8]) throws(HTTPError) {
        let digits = line.prefix { Self.digit($0) != nil }
        guard !digits.isEmpty, digits.count <= Self.mostDigits, Self.isExtension(line[digits.endIndex...]) else {
            throw .invalidChunk
        }
        extensionBytes += line.count - digits.count
        guard extensionBytes <= Self.mostExtensionBytes else { throw .invalidChunk }
        var count = 0
        for digit in digits.compactMap(Self.digit) {
            guard count <= Int.max >> 4 else { throw .bodyTooLarge }
            count = count << 4 | digit
        }
        guard count <= maximumSize - size else { throw .bodyTooLarge }
        size += count
        if count > 0 {
            reader = Self.sizeReader
            state = .data(count)
        } else {
            reader = HTTPLineReader(limits: limits)
            state = .trailer(HTTPHeaders())
        }
    }

    /// `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, of which only the beginning is looked at: it says nothing of lengths.
    private static func isExtension(_ text: ArraySlice<UInt8>) -> Bool {
        text.isEmpty || text.first { !HTTPSyntax.isWhitespace($0) } == UInt8(ascii: ";")
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x37
        case 0x61...0x66: Int(byte) - 0x57
        default: nil
        }
    }
}
