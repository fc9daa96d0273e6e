#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The time of day; for showing, never for measuring.
enum WallClock {
    /// Milliseconds since 1970.
    @Sendable static func milliseconds() -> Int64 { Int64(Date.now.timeIntervalSince1970 * 1000) }
}
