import Transport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Sets the clock that Redis looks at ahead or back, without touching the machine's.
///
/// A shared library that is loaded into redis-server before the C library answers its question for the time of day, and
/// adds what stands in a file. `Tests/ClockShim` is its source; whoever has none leaves these faults out.
struct ClockShim: Sendable {
    /// Runs Redis with the library named in its environment.
    static let program = "/usr/bin/env"

    private let library: String
    /// Holds the seconds to add.
    private let file: URL

    /// - Throws: when the file can't be written.
    init(library: String, folder: URL) throws {
        self.library = library
        file = folder.appending(path: "clock")
        try step(by: .zero)
    }

    func arguments(running redisServer: String) -> [String] {
        ["LD_PRELOAD=\(library)", "CHAT_CLOCK_OFFSET=\(file.path)", redisServer]
    }

    /// From now on Redis' clock is off by so much, whole seconds.
    func step(by offset: Duration) throws {
        try Data("\(offset.components.seconds)\n".utf8).write(to: file)
    }
}
