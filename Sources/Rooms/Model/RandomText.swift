/// Random identifiers from the system's generator, which can't be predicted.
package enum RandomText {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_".utf8)

    /// Six random bits a character: 22 characters hold 132 bits.
    package static func make(_ length: Int) -> String {
        var random = SystemRandomNumberGenerator()
        var bits: UInt64 = 0
        var left = 0
        return String(
            decoding: (0..<length).map { _ in
                if left == 0 { (bits, left) = (random.next(), 10) }
                defer { (bits, left) = (bits >> 6, left - 1) }
                return alphabet[Int(bits & 63)]
            }, as: UTF8.self)
    }

    package static var socket: String { make(9) }
    static var epoch: String { make(12) }
    package static var server: String { make(12) }
    /// At least 128 random bits.
    package static var secret: String { make(22) }
}
