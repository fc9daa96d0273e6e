/// The characters that names and texts treat in a way of their own, by Unicode scalar value.
///
/// The page has the same table (`names.js`), and tests compare both with `Fixtures/Chat/name-characters.txt`: a name that
/// one of them accepts and the other refuses would keep its owner out. The sets are written down, rather than asked of the
/// Unicode tables of the moment, because a browser's and this library's may be of different versions.
package enum NameCharacters {
    /// Unicode's White_Space: <https://www.unicode.org/Public/UCD/latest/ucd/PropList.txt>.
    static let whiteSpace: [ClosedRange<UInt32>] = [
        0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
        0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ]

    /// What shows nothing and may deceive: Default_Ignorable_Code_Point (which contains all of Bidi_Control), and the
    /// annotation characters: <https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>.
    static let ignorable: [ClosedRange<UInt32>] = [
        0xAD...0xAD, 0x34F...0x34F, 0x61C...0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200F,
        0x202A...0x202E, 0x2060...0x206F, 0x3164...0x3164, 0xFE00...0xFE0F, 0xFEFF...0xFEFF, 0xFFA0...0xFFA0,
        0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF,
    ]

    /// Control characters, and what ends a line or a paragraph: Cc, Zl and Zp.
    static let control: [ClosedRange<UInt32>] = [0x00...0x1F, 0x7F...0x9F, 0x2028...0x2029]

    /// Characters that are drawn as nothing though no property says so: the empty Braille cell and the null notehead.
    static let blank: [ClosedRange<UInt32>] = [0x2800...0x2800, 0x1D159...0x1D159]

    /// What an emoji sequence is made of: blocks, generously, so that emoji of later versions are in them as well.
    static let pictograph: [ClosedRange<UInt32>] = [
        0xA9...0xA9, 0xAE...0xAE, 0x203C...0x203C, 0x2049...0x2049, 0x2122...0x2122, 0x2139...0x2139, 0x2190...0x21FF,
        0x2300...0x23FF, 0x24C2...0x24C2, 0x25A0...0x27BF, 0x2900...0x297F, 0x2B00...0x2BFF, 0x3030...0x3030,
        0x303D...0x303D, 0x3297...0x3297, 0x3299...0x3299, 0x1F000...0x1FAFF,
    ]

    /// Signs that join or part what stands about them when a joiner follows (RFC 5892, appendix A: viramas).
    static let virama: [ClosedRange<UInt32>] = [
        0x94D...0x94D, 0x9CD...0x9CD, 0xA4D...0xA4D, 0xACD...0xACD, 0xB4D...0xB4D, 0xBCD...0xBCD, 0xC4D...0xC4D,
        0xCCD...0xCCD, 0xD3B...0xD3C, 0xD4D...0xD4D, 0xDCA...0xDCA, 0x1039...0x103A, 0x17D2...0x17D2,
    ]

    /// Letters of the Arabic script, between which a non-joiner changes how they are drawn (Persian needs it).
    static let arabicLetter: [ClosedRange<UInt32>] = [
        0x620...0x63F, 0x641...0x64A, 0x66E...0x66F, 0x671...0x6D3, 0x6D5...0x6D5, 0x6FA...0x6FC, 0x750...0x77F,
        0x8A0...0x8C9,
    ]

    /// Ideographs, which a variation selector may follow.
    static let ideograph: [ClosedRange<UInt32>] = [
        0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFD,
    ]

    static func contains(_ scalar: Unicode.Scalar, in ranges: [ClosedRange<UInt32>]) -> Bool {
        ranges.contains { $0.contains(scalar.value) }
    }

    /// Whether a text shows nothing at all: white space, ignorable and control characters.
    package static func isBlank(_ text: String) -> Bool {
        !text.unicodeScalars.contains { isVisible($0) }
    }

    static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        // Plain ASCII, as most is.
        if (0x21...0x7E).contains(scalar.value) { return true }
        return ![whiteSpace, ignorable, control, blank].contains { contains(scalar, in: $0) }
    }
}
