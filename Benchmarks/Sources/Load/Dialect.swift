import Glibc
import WebSocket

/// What a message looks like on the wire.
enum Dialect: String {
    /// The text alone.
    case bare
    /// This project's chat: a topic and its data.
    case chat

    /// A frame that says it, masked.
    func frame(_ text: [UInt8], number: Int) -> [UInt8] {
        let key = MaskingKey(rawValue: .random(in: .min ... .max))
        switch self {
        case .bare: return EncodedFrame.text(text, maskingKey: key).bytes
        case .chat:
            let head = #"{"topic":"send","data":{"id":"\#(number)","message":""#
            return EncodedFrame.text(Array(head.utf8) + text + Array(#""}}"#.utf8), maskingKey: key).bytes
        }
    }

    /// What a server says once it will tell everything that is published from then on; nil: the handshake is enough.
    var readiness: StaticString? {
        switch self {
        case .bare: nil
        case .chat: #"{"topic":"member_add""#
        }
    }

    /// Calls `body` with each message in a payload.
    func forEachMessage(in payload: UnsafeRawBufferPointer, _ body: (LoadMessage) -> Void) {
        switch self {
        case .bare:
            if let message = LoadMessage(payload) { body(message) }
        case .chat:
            let mark: StaticString = #"message":""#
            let size = mark.utf8CodeUnitCount
            guard var place = payload.baseAddress else { return }
            let end = place + payload.count
            // The C library's search goes many bytes at a time; few of them are an m.
            while let found = memchr(place, 0x6D, end - place).map({ UnsafeRawPointer($0) }) {
                place = found + 1
                guard end - found > size, memcmp(found, mark.utf8Start, size) == 0 else { continue }
                let rest = UnsafeRawBufferPointer(start: found + size, count: end - found - size)
                if let message = LoadMessage(rest) { body(message) }
                place = found + size
            }
        }
    }
}
