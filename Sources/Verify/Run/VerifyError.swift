/// Why a run could not be made, in words: what is wrong with its options, or what didn't start.
struct VerifyError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
