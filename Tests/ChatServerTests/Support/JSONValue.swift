import Foundation

/// Any JSON, for looking into what a server said.
struct JSONValue: @unchecked Sendable, CustomStringConvertible {  // Foundation's immutable JSON objects.
    private let value: Any?

    init?(_ json: some Sequence<UInt8>) {
        guard let value = try? JSONSerialization.jsonObject(with: Data(Array(json)), options: .fragmentsAllowed) else {
            return nil
        }
        self.value = value
    }

    init?(_ json: String) { self.init(json.utf8) }

    private init(any value: Any?) { self.value = value }

    subscript(_ key: String) -> JSONValue { JSONValue(any: object[key]) }
    subscript(_ index: Int) -> JSONValue { array.indices.contains(index) ? array[index] : JSONValue(any: nil) }

    var string: String? { value as? String }
    var int: Int? { (value as? NSNumber)?.intValue }
    var bool: Bool? { (value as? NSNumber)?.boolValue }
    var array: [JSONValue] { (value as? [Any] ?? []).map { JSONValue(any: $0) } }
    var object: [String: Any] { value as? [String: Any] ?? [:] }

    var description: String { value.map { "\($0)" } ?? "nothing" }
}
