/// Under which names a server answers: RFC 9110 §7.4.
///
/// It keeps DNS rebinding out: a page of `evil.example` whose name is made to resolve to 127.0.0.1 sends requests to a
/// server of this machine with a Host and an Origin that are equal. An origin check can't tell such a page from the
/// server's own, but the name can: it is none of the server's.
///
/// Always known are the names of the loopback interface (`localhost` and all that ends in `.localhost`, RFC 6761 §6.3)
/// and literal addresses, which no DNS answers for.
public struct HostPolicy: Sendable, Hashable {
    private let isAny: Bool
    private let names: Set<String>

    /// Any name. For servers that others reach by names this process can't know.
    public static let any = HostPolicy(isAny: true, names: [])
    /// Literal addresses and the names of the loopback interface, and no others.
    public static let local = HostPolicy(isAny: false, names: [])

    private init(isAny: Bool, names: Set<String>) {
        self.isAny = isAny
        self.names = names
    }

    /// The hosts listed, besides those that are always known.
    ///
    /// - Parameter list: names such as `chat.example`, whatever their case, or `*` for any. A port and a dot behind a name
    ///   count for nothing.
    /// - Returns: nil if an entry is neither.
    public init?(allowing list: some Sequence<String>) {
        var policy = HostPolicy.local
        for text in list {
            if text == "*" {
                policy = .any
            } else {
                // `.chat.example` would let nobody in, whatever was meant by it.
                guard let authority = HTTPAuthority(text), Self.hasNoEmptyLabel(authority.host) else { return nil }
                policy = policy.including([authority.host])
            }
        }
        self = policy
    }

    /// The same, with some names more.
    ///
    /// - Parameter hosts: in lower case, without ports.
    func including(_ hosts: some Sequence<String>) -> HostPolicy {
        HostPolicy(isAny: isAny, names: names.union(hosts.map(Self.withoutFinalDot)))
    }

    /// Whether the server answers to the name in this request. One without a Host, which HTTP/1.0 alone allows, is no
    /// browser's and is let in.
    public func allows(_ request: HTTPRequest) -> Bool { request.host.map(allows) ?? true }

    /// Whether the server answers to this name.
    public func allows(_ authority: HTTPAuthority) -> Bool {
        if isAny { return true }
        let name = Self.withoutFinalDot(authority.host)
        return names.contains(name) || Self.isLoopbackName(name) || AddressLiteral.isSpelled(by: authority.host)
    }

    private static func isLoopbackName(_ name: String) -> Bool {
        let last = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).last
        return last.map { $0.elementsEqual("localhost".utf8) } == true && hasNoEmptyLabel(name)
    }

    private static func hasNoEmptyLabel(_ name: String) -> Bool {
        withoutFinalDot(name).utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty }
    }

    /// `chat.example.` is `chat.example` with the root of all names written out.
    private static func withoutFinalDot(_ name: String) -> String {
        name.utf8.count > 1 && name.hasSuffix(".") ? String(name.dropLast()) : name
    }
}
