/// What a descriptor is ready for, or is watched for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let input = Readiness(rawValue: 1)
    package static let output = Readiness(rawValue: 2)
    /// An error or a hang-up; reported whether it was asked for or not.
    package static let hangUp = Readiness(rawValue: 4)
}
