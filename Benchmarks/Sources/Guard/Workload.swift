/// Work of one kind, whose instructions `guard.py` counts.
struct Workload: Sendable {
    let name: String
    /// Does it so many times, inside `counted`, and returns the sum that `counted` did.
    let run: @Sendable (_ repetitions: Int) throws -> Int

    static let all = resp + frames + inflating + broadcasts

    /// Work that needs no preparation but what `makeOperation` does.
    static func simple(
        _ name: String, _ makeOperation: @escaping @Sendable () throws -> () throws -> Int
    ) -> Workload {
        Workload(name: name) { repetitions in try warmUpAndCount(repetitions, try makeOperation()) }
    }
}

/// Runs `operation` so many times, after some runs that aren't counted: what is only done once is done in those.
func warmUpAndCount(_ repetitions: Int, _ operation: () throws -> Int) rethrows -> Int {
    var sum = 0
    for _ in 0..<8 { sum += try operation() }
    return sum + (try counted(repetitions, operation))
}

/// What runs in here, on this thread, is what callgrind counts: `guard.py` knows this function by its name.
///
/// Adding up the results keeps the compiler from leaving out the work.
@inline(never)
private func counted(_ repetitions: Int, _ operation: () throws -> Int) rethrows -> Int {
    var sum = 0
    for _ in 0..<repetitions { sum += try operation() }
    return sum
}
