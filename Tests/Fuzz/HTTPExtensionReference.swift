/// Sec-WebSocket-Extensions by the letter of RFC 6455 §9.1 and RFC 7692 §7.1.
extension HTTPReference {
    struct Offer {
        var name = ""
        var parameters: [(name: String, value: String?)] = []

        func value(_ name: String) -> String?? { parameters.first { $0.name == name }.map(\.value) }

        /// Whether its parameters are permessage-deflate's, each at most once and with a value that it can have.
        var isDeflate: Bool {
            guard name.lowercased() == "permessage-deflate" else { return false }
            let sizes = (8...15).map(String.init)
            return Set(parameters.map(\.name)).count == parameters.count
                && parameters.allSatisfy { name, value in
                    switch name {
                    case "server_no_context_takeover", "client_no_context_takeover": value == nil
                    case "server_max_window_bits": value.map(sizes.contains) ?? false
                    case "client_max_window_bits": value.map(sizes.contains) ?? true
                    default: false
                    }
                }
        }
    }

    /// nil where one is none.
    var extensionOffers: [Offer]? {
        var offers: [Offer] = []
        for element in list("sec-websocket-extensions") {
            var offer = Offer()
            for (index, part) in element.split(separator: ";", omittingEmptySubsequences: false).enumerated() {
                let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    .map { String(decoding: Self.trim(Array($0.utf8)), as: UTF8.self) }
                guard Self.isToken(words[0][...]), index > 0 || words.count == 1 else { return nil }
                var value = words.count > 1 ? words[1] : nil
                if let quoted = value, quoted.utf8.count > 1, quoted.hasPrefix("\""), quoted.hasSuffix("\"") {
                    value = String(quoted.dropFirst().dropLast())
                }
                if let value, !Self.isToken(value[...]) { return nil }
                if index == 0 { offer.name = words[0] } else { offer.parameters.append((words[0], value)) }
            }
            offers.append(offer)
        }
        return offers
    }
}
