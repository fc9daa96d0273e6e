/// A failed call to the operating system: which one, and why.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The value of `errno` (of `getaddrinfo`, its own status).
    public let code: Int32
    /// The call that failed.
    public let operation: String
    private let message: String

    package init(code: Int32, operation: StaticString, message: String? = nil) {
        self.code = code
        self.operation = "\(operation)"
        self.message = message ?? Self.message(for: code)
    }

    public var description: String { "\(operation): \(message)" }
}
