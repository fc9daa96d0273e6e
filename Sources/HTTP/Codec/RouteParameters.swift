/// What stood in a path where a route's pattern has parameters.
public struct RouteParameters: Sendable, Hashable {
    var values: [String: String] = [:]
    /// The segments for which `*` stands; empty where the pattern has none.
    public internal(set) var rest: [String] = []

    /// The decoded segment of this parameter; nil where the pattern has none of this name. It may hold anything but
    /// nothing: slashes and control characters too.
    public subscript(_ name: String) -> String? { values[name] }
}
