import RESP

extension Workload {
    static let resp = [
        decoding("resp decode 32 OK", String(repeating: "+OK\r\n", count: 32), values: 32),
        decoding("resp decode 32 integers", (0..<32).map { ":\(1 << $0)\r\n" }.joined(), values: 32),
        decoding("resp decode 8 messages", String(repeating: message, count: 8), values: 8),
        decoding(
            "resp decode array of 50", "*50\r\n" + (0..<50).map { bulk("\($0) " + Sample.event) }.joined(), values: 1),
        simple("resp encode command") {
            var output: [UInt8] = []
            return {
                output.removeAll(keepingCapacity: true)
                RESPEncoder.appendCommand("HSET", "chat:{lobby}:members", "0123456789abcdef", Sample.event, to: &output)
                return output.count
            }
        },
    ]

    /// What PUB/SUB delivers.
    private static let message = "*3\r\n" + bulk("message") + bulk("chat:{lobby}:events") + bulk(Sample.event)

    private static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

    /// Decodes what arrived in one read.
    private static func decoding(_ name: String, _ text: String, values: Int) -> Workload {
        simple(name) {
            let bytes = Array(text.utf8)
            var decoder = RESPDecoder()
            return {
                let count = try valueCount(in: bytes, &decoder)
                precondition(count == values)
                return count
            }
        }
    }

    /// With the decoder passed in, so that only one access to what the closure holds is checked.
    private static func valueCount(in bytes: [UInt8], _ decoder: inout RESPDecoder) throws -> Int {
        decoder.append(bytes)
        var count = 0
        while try decoder.next() != nil { count += 1 }
        return count
    }
}
