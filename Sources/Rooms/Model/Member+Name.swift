extension Member {
    /// Characters of the longest name, as a reader counts them.
    package static let longestName = 40

    /// A character may be any number of scalars, so the bytes of a name are bounded as well.
    static let longestNameInBytes = 640

    /// What `validName` asks for, in words for whoever chose another.
    package static let nameRule =
        "A name has 1 to \(longestName) characters that can be seen, and none that is invisible or turns the line round."

    /// The name without the white space around it; nil unless it has 1–40 characters, something of it can be seen, and
    /// nothing of it hides.
    ///
    /// Invisible characters are allowed where a script or an emoji is written with them, and nowhere else: two names that
    /// look the same must not differ by something that nobody sees.
    package static func validName(_ text: String) -> String? {
        // Plain ASCII, as most are: there a character is a byte, and none is hidden. Every message brings a name.
        let bytes = text.utf8
        if bytes.count <= longestName, let first = bytes.first, let last = bytes.last, first != 0x20, last != 0x20,
            bytes.allSatisfy({ (0x20...0x7E).contains($0) })
        {
            return text
        }
        guard bytes.count <= longestNameInBytes * 4 else { return nil }
        func isSpace(_ scalar: Unicode.Scalar) -> Bool {
            NameCharacters.contains(scalar, in: NameCharacters.whiteSpace)
        }
        let trimmed = text.unicodeScalars.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        let scalars = Array(trimmed)
        var name = String.UnicodeScalarView()
        name.append(contentsOf: scalars)
        let made = String(name)
        guard (1...longestName).contains(made.count), made.utf8.count <= longestNameInBytes else { return nil }
        // A mark at the beginning would stand on whatever is shown before the name.
        guard let first = scalars.first, !isMark(first) else { return nil }
        guard scalars.contains(where: isSeenAlone), scalars.indices.allSatisfy({ isAllowed(at: $0, in: scalars) })
        else { return nil }
        return made
    }

    /// A mark alone has nothing to stand on.
    private static func isSeenAlone(_ scalar: Unicode.Scalar) -> Bool {
        NameCharacters.isVisible(scalar) && !isMark(scalar)
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        [.nonspacingMark, .enclosingMark].contains(scalar.properties.generalCategory)
    }

    private static func isAllowed(at index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        let scalar = scalars[index]
        if NameCharacters.contains(scalar, in: NameCharacters.control) { return false }
        guard NameCharacters.contains(scalar, in: NameCharacters.ignorable) else { return true }
        let previous = index > 0 ? scalars[index - 1] : nil
        let next = index + 1 < scalars.count ? scalars[index + 1] : nil
        func isPrevious(_ ranges: [ClosedRange<UInt32>]) -> Bool {
            previous.map { NameCharacters.contains($0, in: ranges) } ?? false
        }
        func isNext(_ ranges: [ClosedRange<UInt32>]) -> Bool {
            next.map { NameCharacters.contains($0, in: ranges) } ?? false
        }
        switch scalar.value {
        case 0x200D:  // the joiner
            let joinsEmoji = isPrevious(NameCharacters.pictograph) || previous?.value == 0xFE0F
            return joinsEmoji && isNext(NameCharacters.pictograph) || isPrevious(NameCharacters.virama)
        case 0x200C:  // the non-joiner
            let partsLetters = isPrevious(NameCharacters.arabicLetter) && isNext(NameCharacters.arabicLetter)
            return partsLetters || isPrevious(NameCharacters.virama)
        case 0xFE0E, 0xFE0F:  // as text, as an emoji
            let isKey = previous.map { "0123456789#*".unicodeScalars.contains($0) } ?? false
            return isPrevious(NameCharacters.pictograph) || isKey && next?.value == 0x20E3
        case 0xFE00...0xFE02, 0xE0100...0xE01EF:  // another form of an ideograph
            return isPrevious(NameCharacters.ideograph)
        case 0x180B...0x180D, 0x180F:  // another form of a Mongolian letter
            return isPrevious([0x1820...0x1878])
        case 0xE0020...0xE007F:  // the tags of a flag, such as Scotland's
            return isFlag(at: index, in: scalars)
        default:
            return false
        }
    }

    /// Whether a tag belongs to a black flag with tags behind it, the last of which ends them.
    private static func isFlag(at index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        func isTag(_ scalar: Unicode.Scalar) -> Bool { (0xE0020...0xE007E).contains(scalar.value) }
        var start = index - 1
        while start >= 0, index - start <= 8, isTag(scalars[start]) { start -= 1 }
        guard start >= 0, scalars[start].value == 0x1F3F4 else { return false }
        let end = scalars[index...].first { !isTag($0) }
        return end?.value == 0xE007F && scalars[start + 1].value != 0xE007F
    }
}

extension Member {
    /// A name as the store may hold it: by any version of this server, so that what was once a name still is one: it is
    /// trimmed, bounded, and doesn't break the line.
    static func isStorableName(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= longestNameInBytes else { return false }
        guard text.first?.isWhitespace == false, text.last?.isWhitespace == false else { return false }
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return true }
        return !text.unicodeScalars.contains { NameCharacters.contains($0, in: NameCharacters.control) }
    }
}
