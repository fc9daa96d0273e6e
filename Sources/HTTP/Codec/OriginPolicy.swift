/// Which web pages may open a connection: RFC 6455 §10.2. It keeps other sites' pages from speaking in a user's name.
///
/// A request without an Origin field is let in: it doesn't come from a browser, and could claim any origin anyway.
public struct OriginPolicy: Sendable, Hashable {
    /// One entry of an allow list.
    private enum Entry: Sendable, Hashable {
        case any
        case null
        case sameOrigin
        case exactly(WebOrigin)
    }

    private let entries: [Entry]

    /// Pages of this very host and port. The scheme is ignored, since TLS ends at the proxy; default ports are equal to
    /// none.
    public static let sameOrigin = OriginPolicy(entries: [.sameOrigin])
    /// Pages from anywhere.
    public static let any = OriginPolicy(entries: [.any])

    private init(entries: [Entry]) {
        self.entries = entries
    }

    /// Exactly the pages listed, and no others.
    ///
    /// - Parameter list: origins such as `https://chat.example:8443` (scheme, host and port must be equal, whatever their
    ///   case), those of apps such as `capacitor://localhost`, `app://-` and `file://`, `*` for any, `null` for pages without an origin (local files, sandboxes), `same-origin` for this host's.
    /// - Returns: nil if an entry is none of these.
    public init?(allowing list: some Sequence<String>) {
        var entries: [Entry] = []
        for text in list {
            switch text {
            case "*": entries.append(.any)
            case "null": entries.append(.null)
            case "same-origin": entries.append(.sameOrigin)
            default:
                guard let origin = WebOrigin(text) else { return nil }
                entries.append(.exactly(origin))
            }
        }
        self.entries = entries
    }

    /// The hosts of the web pages listed, in lower case.
    var hosts: [String] {
        entries.compactMap { entry in
            if case .exactly(let origin) = entry, origin.isOfTheWeb { origin.host } else { nil }
        }
    }

    /// Whether this request may open a connection.
    public func allows(_ request: HTTPRequest) -> Bool {
        let origins = request.headers.values("Origin")
        guard let text = origins.first else { return true }
        if entries.contains(.any) { return true }
        guard origins.count == 1 else { return false }
        if text == "null" { return entries.contains(.null) }
        guard let origin = WebOrigin(text) else { return false }
        return entries.contains(.exactly(origin))
            || entries.contains(.sameOrigin) && origin.isServed(as: request.host)
    }
}
