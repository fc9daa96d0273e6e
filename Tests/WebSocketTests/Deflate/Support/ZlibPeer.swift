import Foundation
import Testing

/// Messages that belong together, and what one side made of them.
struct DeflatedStream: Sendable, CustomTestStringConvertible {
    var windowBits: Int
    /// Whether a message may reach back into those before.
    var takeover: Bool
    var messages: [(plain: [UInt8], payload: [UInt8])] = []

    var testDescription: String {
        let first = messages.first?.plain.count ?? 0
        return "\(messages.count) messages, \(first) bytes first, window \(windowBits), takeover \(takeover)"
    }
}

/// zlib, by way of Python.
enum ZlibPeer {
    struct Failure: Error {
        let status: Int32
        let words: String
    }

    enum Verdict: Equatable {
        case refused
        case inflated([UInt8])
        /// zlib has met a final block and looks at nothing behind it.
        case unknown
    }

    /// Streams of many kinds that zlib deflated: one in five, since a debug build is slow, unless `ZLIB_STREAMS=all`.
    static let streams = Result {
        let all = try deflatedStreams()
        if isThorough { return all }
        return stride(from: 0, to: all.count, by: 5).map { all[$0] }
    }

    static let isThorough = ProcessInfo.processInfo.environment["ZLIB_STREAMS"] == "all"

    /// How many messages zlib inflated as it should.
    static func inflate(_ streams: [DeflatedStream]) throws -> Int {
        var file: [UInt8] = []
        for stream in streams {
            for number in [stream.windowBits, stream.takeover ? 1 : 0, stream.messages.count] {
                append(number, to: &file)
            }
            for (plain, payload) in stream.messages {
                append(plain, to: &file)
                append(payload, to: &file)
            }
        }
        let words = try withFile(file) { try run("inflate", $0) }
        return Int(String(decoding: words, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    }

    /// What zlib says of each payload.
    static func judge(_ payloads: [[UInt8]]) throws -> [Verdict] {
        var file: [UInt8] = []
        for payload in payloads { append(payload, to: &file) }
        var words = Reader(bytes: try withFile(file) { try run("judge", $0) })
        return try payloads.map { _ in
            let verdict = try words.take(1)[0]
            let bytes = try words.blob()
            return verdict == 0 ? .refused : verdict == 1 ? .inflated(bytes) : .unknown
        }
    }

    private static func deflatedStreams() throws -> [DeflatedStream] {
        try withFile([]) { path in
            _ = try run("deflate", path)
            var reader = Reader(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
            var streams: [DeflatedStream] = []
            while !reader.isAtEnd {
                var stream = DeflatedStream(windowBits: try reader.number(), takeover: try reader.number() == 1)
                for _ in 0..<(try reader.number()) {
                    stream.messages.append((try reader.blob(), try reader.blob()))
                }
                streams.append(stream)
            }
            return streams
        }
    }

    private static func withFile<Value>(_ bytes: [UInt8], _ body: (String) throws -> Value) throws -> Value {
        let name = "deflate-\(UInt64.random(in: 0...UInt64.max))"
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }

    private static func run(_ mode: String, _ path: String) throws -> [UInt8] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("zlib_peer.py")
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path, mode, path]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let words = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(status: process.terminationStatus, words: String(decoding: words, as: UTF8.self))
        }
        return Array(words)
    }

    private static func append(_ number: Int, to file: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(number).littleEndian) { file.append(contentsOf: $0) }
    }

    private static func append(_ bytes: [UInt8], to file: inout [UInt8]) {
        append(bytes.count, to: &file)
        file.append(contentsOf: bytes)
    }

    private struct Reader {
        struct TooShort: Error {}

        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard bytes.count - position >= count else { throw TooShort() }
            position += count
            return Array(bytes[(position - count)..<position])[...]
        }

        mutating func number() throws -> Int {
            try take(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        }

        mutating func blob() throws -> [UInt8] {
            Array(try take(try number()))
        }
    }
}
