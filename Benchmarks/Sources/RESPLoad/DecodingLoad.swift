import RESP

/// Decodes one stream of replies again and again, in chunks of 16 KiB, which is what hiredis reads at once.
struct DecodingLoad {
    private static let chunkSize = 16 * 1024

    private let kind: ReplySample
    private let options: RESPLoadOptions

    init(_ options: RESPLoadOptions, kind: ReplySample) {
        self.options = options
        self.kind = kind
    }

    func run() async throws -> [String: Double] {
        let stream = Array(repeating: kind.bytes, count: kind.count).flatMap(\.self)
        var decoder = RESPDecoder()
        var report = try await Stopwatch(options.time).measure { try Self.decode(stream, with: &decoder) }
        report["bytes"] = report["count", default: 0] * Double(kind.bytes.count)
        return report
    }

    private static func decode(_ stream: [UInt8], with decoder: inout RESPDecoder) throws -> Int {
        try stream.withUnsafeBytes { stream in
            var count = 0
            var start = 0
            while start < stream.count {
                let end = min(start + chunkSize, stream.count)
                decoder.append(UnsafeRawBufferPointer(rebasing: stream[start..<end]))
                while let value = try decoder.next() {
                    if case .error = value { throw RESPLoadOptions.Mistake("an error came out of good bytes") }
                    count += 1
                }
                start = end
            }
            return count
        }
    }
}
