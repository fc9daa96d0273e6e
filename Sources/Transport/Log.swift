#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One line an event, on standard error: `2026-01-31T12:00:00.000Z warning: words`.
///
/// To log never blocks: lines are written by a thread of the log's own. What nobody reads in time is dropped, counted,
/// and told as a number when it can be. Of many lines of one kind the first few are written; how many more there were
/// is told every ten seconds.
public enum Log {
    public enum Level: Int, Sendable, Comparable {
        case debug, info, warning, error, off
        public static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
    }

    private static let threshold = Locked(Level.info)

    /// Lines below it are not written.
    public static var level: Level {
        get { threshold.withLock { $0 } }
        set { threshold.withLock { $0 = newValue } }
    }

    /// How many lines were dropped since the beginning, because nobody read them in time.
    public static var lostLineCount: Int { OutputWriter.shared.lostCount }

    public static func debug(_ words: @autoclosure () -> String, file: String = #fileID, line: Int = #line) {
        write(.debug, words, .init(file: file, line: line))
    }

    public static func info(_ words: @autoclosure () -> String, file: String = #fileID, line: Int = #line) {
        write(.info, words, .init(file: file, line: line))
    }

    public static func warning(_ words: @autoclosure () -> String, file: String = #fileID, line: Int = #line) {
        write(.warning, words, .init(file: file, line: line))
    }

    public static func error(_ words: @autoclosure () -> String, file: String = #fileID, line: Int = #line) {
        write(.error, words, .init(file: file, line: line))
    }

    private static func write(_ level: Level, _ words: () -> String, _ kind: RepeatedLines.Kind) {
        guard level >= self.level else { return }
        OutputWriter.shared.log(level, words(), of: kind)
    }

    /// The bytes of a line, as of now.
    static func line(_ level: Level, _ words: String) -> [UInt8] {
        Array("\(timestamp()) \(level): \(singleLine(words))\n".utf8)
    }

    /// What a peer sent may be in the words: no line break or escape sequence of its own gets out.
    static func singleLine(_ words: String) -> String {
        var clean = String.UnicodeScalarView()
        for scalar in words.unicodeScalars {
            switch scalar.properties.generalCategory {
            // C1 controls as well: U+009B alone begins an escape sequence.
            case .control, .lineSeparator, .paragraphSeparator: clean.append(" ")
            default: clean.append(scalar)
            }
        }
        return String(clean)
    }

    /// The time in UTC, ISO 8601, to the millisecond.
    private static func timestamp() -> String {
        Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
