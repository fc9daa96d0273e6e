import HTTP
import TestSupport
import Testing

/// The error all feedings of `text` end with; nil if there is none.
func requestError(
    _ text: some Collection<UInt8>,
    limits: HTTPLimits = .init(),
    sourceLocation: SourceLocation = #_sourceLocation
) -> HTTPError? {
    var found: Set<HTTPError?> = []
    let bytes = Array(text)
    let feedings = bytes.count > 1_000 ? [[bytes], bytes.map { [$0] }] : everyFeeding(of: bytes)
    for feeding in feedings {
        do throws(HTTPError) {
            _ = try parseRequest(feeding, limits: limits)
            found.insert(nil)
        } catch {
            found.insert(error)
        }
    }
    #expect(found.count == 1, "every feeding gives the same", sourceLocation: sourceLocation)
    return found.first ?? nil
}
