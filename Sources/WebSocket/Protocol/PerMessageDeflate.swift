/// What a connection has agreed on for its compression: RFC 7692 §7.1.
///
/// The server never takes its context over from one message to the next (`server_no_context_takeover` is always in its
/// answer): a broadcast is compressed once, and is the same bytes for everybody.
public struct PerMessageDeflate: Sendable, Hashable {
    /// What a server is ready for.
    public struct Options: Sendable, Hashable {
        /// Messages of fewer bytes than this go out as they are.
        public var threshold = 256
        /// The largest window the server compresses with: its size is two to the power of this, 8 to 15.
        public var windowBits = 15
        /// Whether clients may refer back to their earlier messages. It costs up to 32 KiB a connection, held as long as
        /// that lasts; clients compress short messages far better with it.
        public var allowsClientContextTakeover = false

        public init() {}
    }

    static let name = "permessage-deflate"

    /// The window that the server's messages are compressed with.
    let serverWindowBits: Int
    /// The largest window that the client's messages may need.
    let clientWindowBits: Int
    let clientTakesContextOver: Bool
    /// The value of Sec-WebSocket-Extensions that says so.
    let answer: String

    /// The first offer that can be honoured; nil when there is none, and nothing is compressed then.
    static func negotiate(_ offers: [ExtensionOffer], _ options: Options) -> PerMessageDeflate? {
        for offer in offers where HTTPSyntax.equalIgnoringCase(offer.name, name) {
            if let agreed = PerMessageDeflate(offer, options) { return agreed }
        }
        return nil
    }

    /// nil for an offer with a parameter that isn't known, doubled, or has a value that it can't have: §7.1 wants it
    /// declined.
    private init?(_ offer: ExtensionOffer, _ options: Options) {
        var seen: Set<String> = []
        var (serverBits, clientBits): (Int?, Int?)
        var clientTakesOver = options.allowsClientContextTakeover
        for parameter in offer.parameters {
            guard seen.insert(parameter.name).inserted else { return nil }
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil): break
            case ("client_no_context_takeover", nil): clientTakesOver = false
            case ("server_max_window_bits", let value?):
                guard let bits = Self.windowBits(value) else { return nil }
                serverBits = bits
            case ("client_max_window_bits", nil): break
            case ("client_max_window_bits", let value?):
                guard let bits = Self.windowBits(value) else { return nil }
                clientBits = bits
            default: return nil
            }
        }
        serverWindowBits = min(serverBits ?? 15, max(8, min(15, options.windowBits)))
        clientWindowBits = clientBits ?? 15
        clientTakesContextOver = clientTakesOver
        var answer = Self.name + "; server_no_context_takeover"
        if !clientTakesOver { answer += "; client_no_context_takeover" }
        if serverBits != nil || serverWindowBits < 15 { answer += "; server_max_window_bits=\(serverWindowBits)" }
        // §7.1.2.2: only where the client has named it.
        if let clientBits { answer += "; client_max_window_bits=\(clientBits)" }
        self.answer = answer
    }

    /// 8 to 15, without leading zeros (§7.1.2).
    private static func windowBits(_ text: String) -> Int? {
        guard !text.hasPrefix("0"), let bits = HTTPSyntax.number(Array(text.utf8), limit: 15), bits >= 8 else {
            return nil
        }
        return bits
    }
}
