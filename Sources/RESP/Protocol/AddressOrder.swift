/// In which order a name's addresses are tried: those that failed last come last, so that each gets its turn. Pure.
///
/// One of them may be a replica, refuse, or be dead; whoever asked for the name wants the one that works.
struct AddressOrder<Address: Hashable> {
    /// What is left of the last look-up, the next one last.
    private var rest: [Address] = []
    /// Those that didn't work, the latest last.
    private var failed: [Address] = []

    /// The name was looked up.
    mutating func found(_ addresses: [Address]) {
        failed.removeAll { !addresses.contains($0) }
        let fresh = addresses.filter { !failed.contains($0) }
        rest = (fresh + failed).reversed()
    }

    /// The next to try; nil when all have been, and the name is to be looked up again.
    mutating func next() -> Address? { rest.popLast() }

    /// It couldn't be connected to, or was no use.
    mutating func failed(_ address: Address) {
        failed.removeAll { $0 == address }
        failed.append(address)
    }

    /// It works: the next attempt begins with a new look-up, and with it.
    mutating func worked(_ address: Address) {
        failed.removeAll { $0 == address }
        rest = []
    }

    var isExhausted: Bool { rest.isEmpty }
}
