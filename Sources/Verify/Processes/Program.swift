/// What a process is started from.
struct Program: Sendable {
    let path: String
    /// Behind what every server is told.
    var flags: [String] = []
    /// In messages: which of several builds it is; empty where there is but one.
    var name = ""
}
