/// One element of Sec-WebSocket-Extensions: RFC 6455 §9.1.
struct ExtensionOffer: Sendable, Hashable {
    struct Parameter: Sendable, Hashable {
        let name: String
        /// nil where there is none; a quoted value stands without its quotes.
        let value: String?
    }

    let name: String
    let parameters: [Parameter]

    /// All offers of a request, the one the client likes best first.
    ///
    /// - Returns: nil for anything that isn't an extension list: RFC 6455 §9.1 wants the handshake to fail then.
    static func all(in headers: HTTPHeaders) -> [ExtensionOffer]? {
        var offers: [ExtensionOffer] = []
        // No value may hold a comma, quoted or not: it must be a token.
        for element in headers.elements("Sec-WebSocket-Extensions") {
            guard let offer = ExtensionOffer(element) else { return nil }
            offers.append(offer)
        }
        return offers
    }

    init?(_ element: String) {
        let parts = element.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map { HTTPSyntax.trimmed($0) }
        guard let name = parts.first, HTTPSyntax.isToken(name) else { return nil }
        var parameters: [Parameter] = []
        for part in parts.dropFirst() {
            guard let parameter = Self.parameter(part) else { return nil }
            parameters.append(parameter)
        }
        self.name = String(decoding: name, as: UTF8.self)
        self.parameters = parameters
    }

    private static func parameter(_ text: Substring.UTF8View) -> Parameter? {
        let name = HTTPSyntax.trimmed(text.prefix { $0 != UInt8(ascii: "=") })
        guard HTTPSyntax.isToken(name) else { return nil }
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else {
            return Parameter(name: String(decoding: name, as: UTF8.self), value: nil)
        }
        var value = HTTPSyntax.trimmed(text[text.index(after: equals)...])
        if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
            value = value.dropFirst().dropLast()
        }
        guard HTTPSyntax.isToken(value) else { return nil }
        return Parameter(
            name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
    }
}
