import Synchronization

/// Texts that occur nowhere else and never twice, at the price of one look at the random source.
///
/// For what must be unique but need not be secret.
package final class RandomSeries: Sendable {
    private let base = RandomText.make(8)
    private let count = Atomic<UInt64>(0)

    package init() {}

    package func next() -> String { base + "-" + String(count.wrappingAdd(1, ordering: .relaxed).newValue, radix: 36) }
}
