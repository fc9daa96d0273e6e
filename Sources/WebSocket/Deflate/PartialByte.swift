/// The bits behind the last whole byte of a stream: 0 to 7, the others clear.
struct PartialByte: Sendable {
    var bits: UInt8 = 0
    var count = 0
}
