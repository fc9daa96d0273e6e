import RESP
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("RESP decoder: attacks", .serialized)
struct RESPDecoderAttackTests {
    static let unlimited = RESPDecoder.Limits(
        bulkLength: .max, elementCount: .max, depth: 32, lineLength: .max)

    /// Lengths at which a careless sum, product or conversion breaks.
    static let perilousLengths: [String] = [
        "2147483647", "2147483648", "4294967295", "4294967296", "4611686018427387904", "9223372036854775805",
        "9223372036854775806", "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "99999999999999999999999999999999999999",
    ]

    @Test("huge lengths are refused by default and harmless without limits", arguments: perilousLengths)
    func hugeLengths(length: String) {
        expect("$\(length)\r\n", [], error: .bulkStringTooLong(limit: 536_870_912))
        expect("*\(length)\r\n", [], error: .tooManyElements(limit: 1_048_576))

        let fits = Int(length) != nil
        expect(
            "$\(length)\r\nx", [], error: fits ? nil : .bulkStringTooLong(limit: .max), limits: Self.unlimited)
        expect(
            "*\(length)\r\n:1\r\n", [], error: fits ? nil : .tooManyElements(limit: .max), limits: Self.unlimited)
    }

    @Test("nested counts that sum up beyond Int are refused")
    func sumOfCounts() {
        expect(
            "*9223372036854775807\r\n*1\r\n", [], error: .tooManyElements(limit: .max), limits: Self.unlimited)
    }

    @Test("a declared length takes no memory", arguments: ["*1000000000\r\n", "$536870912\r\n", "*1048576\r\n"])
    func allocationOnTrust(header: String) throws {
        let before = try virtualMemory()
        var decoders: [RESPDecoder] = []
        for _ in 1...64 {
            var decoder = RESPDecoder(limits: Self.unlimited)
            decoder.append(Array(header.utf8))
            #expect(try decoder.next() == nil)
            #expect(decoder.bufferedByteCount == header.utf8.count)
            decoders.append(decoder)
        }
        // 64 of the smallest would be 2.5 GB.
        let growth = try virtualMemory() - before
        #expect(growth < 1 << 30)
        #expect(decoders.count == 64)
    }

    @Test("many declared arrays in one another take memory for the bytes at hand only")
    func nestedAllocationOnTrust() throws {
        let before = try virtualMemory()
        let tail = Array("+".utf8) + Array(repeating: UInt8(ascii: "a"), count: 60_000)
        var decoders: [RESPDecoder] = []
        for _ in 1...64 {
            var decoder = RESPDecoder()
            decoder.append(Array(String(repeating: "*32768\r\n", count: 32).utf8) + tail)
            #expect(try decoder.next() == nil)
            decoders.append(decoder)
        }
        // 64 times 32 times 32,768 elements would be 2.6 GB.
        let growth = try virtualMemory() - before
        #expect(growth < 1 << 30)
        #expect(decoders.count == 64)
    }

    @Test("100,000 nested arrays are an error and no stack overflow")
    func recursion() {
        let bomb = String(repeating: "*1\r\n", count: 100_000)
        #expect(decode(bomb) == Outcome(error: .tooDeep(limit: 32)))
        // Ends in the error while a hundred open arrays are let go of.
        #expect(decode(bomb, limits: .init(depth: 100)) == Outcome(error: .tooDeep(limit: 100)))
    }

    @Test("a long bulk string, line or array in one-byte chunks is moved and scanned once")
    func linearWork() throws {
        let length = 1 << 20
        let letters = Array(repeating: UInt8(ascii: "a"), count: length)
        let end = Array("\r\n".utf8)
        let elements = String(repeating: "$0\r\n\r\n", count: length / 8)
        let inputs: [[UInt8]] = [
            Array("+OK\r\n$\(length)\r\n".utf8) + letters + end, Array("+OK\r\n+".utf8) + letters + end,
            Array("+OK\r\n*\(length / 8)\r\n\(elements)".utf8),
        ]
        for input in inputs {
            // Quadratic work would be 2^39 bytes or more: a minute of copying, many of scanning.
            let elapsed = try ContinuousClock().measure {
                var decoder = RESPDecoder(limits: Self.unlimited)
                var count = 0
                for index in input.indices {
                    decoder.append(input[index...index])
                    while try decoder.next() != nil { count += 1 }
                }
                #expect(count == 2)
            }
            #expect(elapsed < .seconds(30))
        }
    }

    @Test("chunks that arrive faster than values are taken are moved once")
    func linearBacklog() throws {
        let chunk = Array(String(repeating: "+OK\r\n", count: 20).utf8)
        let rounds = 40_000
        var count = 0
        var decoder = RESPDecoder()
        let elapsed = try ContinuousClock().measure {
            // 4 MB, moved at every call, would be 80 GB.
            for _ in 1...rounds {
                decoder.append(chunk)
                if try decoder.next() != nil { count += 1 }
            }
        }
        #expect(count == rounds)
        while try decoder.next() != nil { count += 1 }
        #expect(count == 20 * rounds)
        #expect(elapsed < .seconds(10))
    }

    /// The process' address space in bytes: unlike resident memory, it shows what was only reserved.
    private func virtualMemory() throws -> Int {
        #if os(Linux)
            let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).prefix { $0 != " " }
            return (Int(pages) ?? 0) * 4096
        #else
            return 0
        #endif
    }
}
