extension TCPConnection {
    public enum CloseReason: Hashable, Sendable {
        /// This side closed it.
        case closed
        /// The peer ended its side in order, and nothing was left to write.
        case endOfInput
        /// The connection broke, or could not be made.
        indirect case failed(SystemError)
        /// The loop ends.
        case loopStopped
    }

    public enum SendOutcome: Equatable, Sendable {
        case queued
        /// The bytes were not taken: with them more would wait than `outboundBudget`.
        case overBudget
        /// The connection is closed, or its output is.
        case closed
    }
}
