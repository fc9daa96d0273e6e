/// The search of a ``MatchFinder``, with its memory at hand: hash chains and lazy matching.
///
/// All indices are proven by the caller: `bytes` has ``overread`` bytes behind `end`, `heads` has an entry for each
/// hash, `links` one for each place in the window, whose size is a power of two.
struct MatchSearch {
    /// How far behind the last byte words are read.
    static let overread = 8

    /// Chains are made of places where so many bytes have the same hash: with three they would be far longer.
    private static let hashedLength = 4
    /// Spreads the bytes' bits over the hash: 2^32 divided by the golden ratio, which is odd.
    private static let multiplier: UInt32 = 0x9E37_79B1
    /// How many places are tried for a match.
    private static let chainLimit = 24
    /// After a match of this length, a longer one at the next byte is sought in a quarter of the places.
    private static let goodLength = 8
    /// After a match of this length, none at the next byte is sought.
    private static let lazyLimit = 16
    /// A match of this length is taken without a look for a longer one.
    private static let niceLength = 64
    /// A match of three bytes that is farther away costs more bits than three literals.
    private static let shortMatchReach = 4096

    private struct Match {
        var length = 0
        var distance = 0
    }

    let bytes: UnsafeRawBufferPointer
    let heads: UnsafeMutableBufferPointer<UInt16>
    let links: UnsafeMutableBufferPointer<UInt16>
    /// By the hash of three bytes: the last place where they stood, which is all that is known of it.
    let shortHeads: UnsafeMutableBufferPointer<UInt16>
    let hashShift: UInt32
    let shortHashShift: UInt32
    let window: Int
    /// The first byte that a match may reach back to.
    let first: Int
    /// The index behind the last byte.
    let end: Int
    /// The first place that isn't in `heads`.
    var pending: Int

    /// Finds tokens from `position` on, until `tokens` is full or the bytes are used up. Returns how many.
    mutating func findTokens(_ position: inout Int, _ tokens: UnsafeMutableBufferPointer<DeflateToken>) -> Int {
        var count = 0
        var place = position
        while place < end, count < tokens.count {
            var match = longestMatch(at: place, over: 0)
            // Lazily: while the next byte starts a longer match, this one is a literal.
            while match.length > 0, match.length < Self.lazyLimit, place &+ 1 < end, count &+ 1 < tokens.count {
                let next = longestMatch(at: place &+ 1, over: match.length)
                guard next.length > 0 else { break }
                tokens[count] = DeflateToken(literal: bytes[place])
                count &+= 1
                place &+= 1
                match = next
            }
            if match.length > 0 {
                tokens[count] = DeflateToken(length: match.length, distance: match.distance)
                place &+= match.length
            } else {
                tokens[count] = DeflateToken(literal: bytes[place])
                place &+= 1
            }
            count &+= 1
        }
        addPlaces(upTo: place)
        position = place
        return count
    }

    /// The longest match for the bytes at `place` that is longer than `known`; length 0 if there is none.
    @inline(__always)
    private mutating func longestMatch(at place: Int, over known: Int) -> Match {
        let limit = min(DeflateFormat.longestMatch, end &- place)
        guard limit >= Self.hashedLength, limit > known else { return Match() }
        addPlaces(upTo: place)
        var (candidate, short) = addPlace(place)
        let lowest = max(first, place &- window)
        let start = word(at: place)
        var best = Match(length: known)
        if known == 0, short >= max(lowest, place &- Self.shortMatchReach), (word(at: short) ^ start) & 0xFF_FFFF == 0 {
            best = Match(length: DeflateFormat.shortestMatch, distance: place &- short)
        }
        var chain = known >= Self.goodLength ? Self.chainLimit / 4 : Self.chainLimit
        // The bytes that would make a match longer are the likeliest to differ.
        var tail = max(best.length &- DeflateFormat.shortestMatch, 0)
        var ending = word(at: place &+ tail)
        while candidate >= lowest, chain > 0 {
            if word(at: candidate &+ tail) == ending, word(at: candidate) == start {
                let length = matchLength(candidate, place, limit: limit)
                if length > best.length {
                    best = Match(length: length, distance: place &- candidate)
                    if length >= Self.niceLength || length == limit { break }
                    tail = length &- DeflateFormat.shortestMatch
                    ending = word(at: place &+ tail)
                }
            }
            let next = Int(links[candidate & (window &- 1)])
            // A link that a later place has overwritten leads forward, or to other bytes.
            guard next < candidate else { break }
            candidate = next
            chain &-= 1
        }
        return best.distance == 0 ? Match() : best
    }

    /// How many bytes at the two places are the same, at least the four that the caller has compared.
    @inline(__always)
    private func matchLength(_ candidate: Int, _ place: Int, limit: Int) -> Int {
        var length = Self.hashedLength
        while length < limit {
            let difference = long(at: candidate &+ length) ^ long(at: place &+ length)
            if difference != 0 {
                return min(limit, length &+ difference.trailingZeroBitCount &>> 3)
            }
            length &+= 8
        }
        return limit
    }

    /// Adds the places before `place` that aren't in the tables yet.
    @inline(__always)
    private mutating func addPlaces(upTo place: Int) {
        let stop = min(place, end &- Self.hashedLength &+ 1)
        while pending < stop { _ = addPlace(pending) }
    }

    /// Adds `place` to the tables, if it isn't in them, and returns the place before it with the same four bytes' hash,
    /// and that with the same three bytes'.
    @inline(__always)
    private mutating func addPlace(_ place: Int) -> (last: Int, short: Int) {
        guard place >= pending else { return (Int(links[place & (window &- 1)]), 0) }
        let start = word(at: place)
        let hash = Int(truncatingIfNeeded: (start &* Self.multiplier) &>> hashShift)
        let shortHash = Int(truncatingIfNeeded: (start &<< 8 &* Self.multiplier) &>> shortHashShift)
        let last = heads[hash]
        let short = shortHeads[shortHash]
        links[place & (window &- 1)] = last
        heads[hash] = UInt16(truncatingIfNeeded: place)
        shortHeads[shortHash] = UInt16(truncatingIfNeeded: place)
        pending = place &+ 1
        return (Int(last), Int(short))
    }

    @inline(__always)
    private func word(at place: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    @inline(__always)
    private func long(at place: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
}
