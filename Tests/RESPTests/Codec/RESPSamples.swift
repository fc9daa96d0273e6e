import RESP
import TestSupport
import Testing

/// What a decoder made of a stream: its values and, if it came to that, the error behind them.
struct Outcome: Equatable {
    var values: [RESPValue] = []
    var error: RESPDecodingError?
}

/// Feeds `chunks` to a fresh decoder, taking all values after each.
func decode(_ chunks: [[UInt8]], limits: RESPDecoder.Limits = .init()) -> Outcome {
    var decoder = RESPDecoder(limits: limits)
    var outcome = Outcome()
    for chunk in chunks {
        decoder.append(chunk)
        do throws(RESPDecodingError) {
            while let value = try decoder.next() { outcome.values.append(value) }
        } catch {
            outcome.error = error
            break
        }
    }
    return outcome
}

func decode(_ text: String, limits: RESPDecoder.Limits = .init()) -> Outcome {
    decode([Array(text.utf8)], limits: limits)
}

/// Expects the same outcome from every feeding of `text`.
func expect(
    _ text: String, _ values: [RESPValue], error: RESPDecodingError? = nil, limits: RESPDecoder.Limits = .init(),
    sourceLocation: SourceLocation = #_sourceLocation
) {
    for feeding in everyFeeding(of: Array(text.utf8)) {
        let outcome = decode(feeding, limits: limits)
        #expect(
            outcome == Outcome(values: values, error: error), "\(text.debugDescription) fed as \(feeding)",
            sourceLocation: sourceLocation)
    }
}

extension RESPValue {
    static func simple(_ text: String) -> RESPValue { .simpleString(ArraySlice(text.utf8)) }
    static func failure(_ text: String) -> RESPValue { .error(ArraySlice(text.utf8)) }
    static func bulk(_ text: String) -> RESPValue { .bulkString(ArraySlice(text.utf8)) }
}
