/// A table of routes: which target answers a method at a path. Pure; what a target is, is its owner's.
///
/// ```swift
/// let router = Router([
///     .init("GET", "/rooms/:room", .room),
///     .init("POST", "/rooms/:room/messages", .send),
/// ])
/// ```
/// A pattern's segments are words, parameters (`:name`, any one segment that isn't empty) and, at the end, `*` (all that
/// is left, at least one segment). Where several patterns match a path, the one with a word comes before one with a
/// parameter, and that before `*`, from the left; whatever the order of the table. HEAD is answered as GET is, and what
/// OPTIONS says follows from the table (RFC 9110 §9.3.2, §9.3.7).
public struct Router<Target: Sendable>: Sendable {
    public struct Route: Sendable {
        let method: String
        let segments: [Segment]
        let target: Target
        let answersHEAD: Bool

        /// - Parameters:
        ///   - method: as it is sent: methods are case-sensitive. A route for HEAD goes before what GET would answer.
        ///   - pattern: a path that begins with a slash, as described above; its words are not percent-encoded.
        ///   - answersHEAD: whether a route for GET is one for HEAD as well; not where GET changes the protocol.
        public init(_ method: String, _ pattern: String, _ target: Target, answersHEAD: Bool = true) {
            self.method = method
            self.target = target
            self.answersHEAD = answersHEAD && method == "GET"
            segments = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(Segment.init)
                .filter { pattern != "/" || $0 != .word("") }
        }
    }

    /// What a request comes to.
    public enum Match {
        case found(Target, RouteParameters)
        /// The path is there, and its methods are these: 405 with Allow.
        case methodNotAllowed(allowed: [String])
        /// OPTIONS for a path that is there, or for `*`: 204 with Allow.
        case options(allowed: [String])
        case notFound
    }

    enum Segment: Sendable, Hashable {
        case word(String)
        case parameter(String)
        case rest

        init(_ text: Substring) {
            self =
                text == "*" ? .rest : text.hasPrefix(":") ? .parameter(String(text.dropFirst())) : .word(String(text))
        }

        /// Lower goes first.
        var order: Int {
            switch self {
            case .word: 0
            case .parameter: 1
            case .rest: 2
            }
        }
    }

    private let routes: [Route]

    public init(_ routes: [Route]) {
        self.routes = routes.enumerated().sorted { left, right in
            let (first, second) = (left.element.segments.map(\.order), right.element.segments.map(\.order))
            return first == second ? left.offset < right.offset : first.lexicographicallyPrecedes(second)
        }.map(\.element)
    }

    /// The target of a request.
    public func match(_ request: HTTPRequest) -> Match {
        if request.target == "*" {
            guard request.method == "OPTIONS" else { return .notFound }
            return .options(allowed: Self.allowed(by: routes))
        }
        return match(method: request.method, segments: request.pathSegments)
    }

    /// The target of a method at a path.
    ///
    /// - Parameter segments: the path's, decoded, as `HTTPRequest.pathSegments` has them.
    public func match(method: String, segments: [String]) -> Match {
        var first: (Route, RouteParameters)?
        var sameShape: [Route] = []
        for route in routes {
            guard let parameters = route.parameters(in: segments) else { continue }
            // The best pattern alone answers: a method that it lacks isn't looked for behind a worse one.
            if let first, !first.0.isAlike(route) { break }
            if first == nil { first = (route, parameters) }
            sameShape.append(route)
        }
        guard first != nil else { return .notFound }
        let found = sameShape.first { $0.method == method } ?? sameShape.first { method == "HEAD" && $0.answersHEAD }
        if let found, let parameters = found.parameters(in: segments) { return .found(found.target, parameters) }
        let allowed = Self.allowed(by: sameShape)
        return method == "OPTIONS" ? .options(allowed: allowed) : .methodNotAllowed(allowed: allowed)
    }

    /// The methods of routes as Allow has them: each once, HEAD behind GET, OPTIONS at the end.
    private static func allowed(by routes: [Route]) -> [String] {
        var methods: [String] = []
        for method in routes.flatMap({ $0.answersHEAD ? ["GET", "HEAD"] : [$0.method] }) + ["OPTIONS"]
        where !methods.contains(method) {
            methods.append(method)
        }
        return methods
    }
}

extension Router.Route {
    /// What stands for the pattern's parameters; nil where the path is another.
    fileprivate func parameters(in path: [String]) -> RouteParameters? {
        var found = RouteParameters()
        for (index, segment) in segments.enumerated() {
            guard index < path.count else { return nil }
            switch segment {
            case .word(let word):
                guard path[index] == word else { return nil }
            case .parameter(let name):
                guard !path[index].isEmpty else { return nil }
                found.values[name] = path[index]
            case .rest:
                found.rest = Array(path[index...])
                return found
            }
        }
        return path.count == segments.count ? found : nil
    }

    /// Whether both patterns match the same paths.
    fileprivate func isAlike(_ other: Self) -> Bool {
        segments.count == other.segments.count
            && zip(segments, other.segments).allSatisfy { left, right in
                if case .word = left { left == right } else { left.order == right.order }
            }
    }
}
