#if canImport(Rooms)
    // A fuzzer has everything in one module.
    import Rooms
#endif

/// A small face for each seed, drawn here so that no page needs an outside host.
enum AvatarDrawing {
    /// 1–64 of `[A-Za-z0-9_-]`; anything else has no avatar.
    static func svg(seed: String) -> String? {
        guard MessageID.isValid(seed) else { return nil }
        var random = SeededGenerator(seed: seed)
        let hue = Int.random(in: 0..<360, using: &random)
        let second = (hue + Int.random(in: 40..<120, using: &random)) % 360
        let eyes = Int.random(in: 9...14, using: &random)
        let look = Int.random(in: -2...2, using: &random)
        let size = Int.random(in: 2...4, using: &random)
        let smile = Int.random(in: 40...52, using: &random)
        let tilt = Int.random(in: -12...12, using: &random)
        let cheek = Int.random(in: 18...30, using: &random)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">\
            <rect width="64" height="64" fill="hsl(\(hue) 62% 62%)"/>\
            <circle cx="\(cheek)" cy="\(64 - cheek / 2)" r="\(cheek)" fill="hsl(\(second) 65% 72%)"/>\
            <g transform="rotate(\(tilt) 32 32)" fill="hsl(\(hue) 45% 18%)">\
            <circle cx="\(32 - eyes + look)" cy="28" r="\(size)"/><circle cx="\(32 + eyes + look)" cy="28" r="\(size)"/>\
            <path d="M22 39 Q32 \(smile) 42 39" fill="none" stroke="hsl(\(hue) 45% 18%)" \
            stroke-width="3" stroke-linecap="round"/></g></svg>
            """
    }
}

/// SplitMix64 from a text's FNV-1a hash: the same seed draws the same face everywhere.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    init(seed: String) {
        for byte in seed.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
