#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One line an event, on standard error: `2026-01-31T12:00:00.000Z warning: words`.
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

    public static func debug(_ words: @autoclosure () -> String) { write(.debug, words) }
    public static func info(_ words: @autoclosure () -> String) { write(.info, words) }
    public static func warning(_ words: @autoclosure () -> String) { write(.warning, words) }
    public static func error(_ words: @autoclosure () -> String) { write(.error, words) }

    private static func write(_ level: Level, _ words: () -> String) {
        guard level >= self.level else { return }
        System.writeStandard(2, Array("\(timestamp()) \(level): \(singleLine(words()))\n".utf8))
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
