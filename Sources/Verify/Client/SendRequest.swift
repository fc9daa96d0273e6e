#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a client says to have a message kept, as PROTOCOL.md has it.
struct SendRequest: Encodable {
    private struct Message: Encodable {
        let message: String
        let id: String
    }

    private let topic = "send"
    private let data: Message

    init(message: String, id: String) { data = Message(message: message, id: id) }

    var json: String {
        let encoder = JSONEncoder()
        // A repetition is the same to the byte.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Nothing in it can't be encoded.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
