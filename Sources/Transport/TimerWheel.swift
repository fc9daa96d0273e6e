/// Deadlines in three wheels of 256 slots, a millisecond fine: setting and cancelling cost the same for any number.
///
/// Pure: time comes in as an argument. A deadline is never met early, and at most a millisecond late by rounding.
/// Those further off than four and a half hours are looked at again by then.
package struct TimerWheel<Payload> {
    /// Names a timer; stale once it has fired or was cancelled.
    package struct ID: Hashable, Sendable {
        fileprivate let index: Int32
        fileprivate let generation: UInt32
    }

    private struct Entry {
        var payload: Payload?
        var tick: Int64 = 0
        var list: Int32 = -1
        var previous: Int32 = -1
        var next: Int32 = -1
        var generation: UInt32 = 0
    }

    private static var slotsPerWheel: Int64 { 256 }
    private static var dueList: Int { 3 * 256 }
    private static var horizon: Int64 { (1 << 24) - 1 }

    private let origin: ContinuousClock.Instant
    private var tick: Int64 = 0
    private var entries: [Entry] = []
    private var free: Int32 = -1
    private var heads = [Int32](repeating: -1, count: 3 * 256 + 1)
    private var occupied = [UInt64](repeating: 0, count: 12)
    private var dueTail: Int32 = -1
    package private(set) var count = 0

    package init(origin: ContinuousClock.Instant) { self.origin = origin }

    package mutating func schedule(_ payload: Payload, at deadline: ContinuousClock.Instant) -> ID {
        let index = takeEntry()
        entries[Int(index)].payload = payload
        entries[Int(index)].tick = tickAtOrAfter(deadline)
        place(index)
        count += 1
        return ID(index: index, generation: entries[Int(index)].generation)
    }

    /// Cancelling a timer that has fired, or was cancelled, does nothing.
    package mutating func cancel(_ id: ID) {
        guard Int(id.index) < entries.count, entries[Int(id.index)].generation == id.generation,
            entries[Int(id.index)].payload != nil
        else { return }
        unlink(id.index)
        release(id.index)
    }

    /// The next timer whose deadline is at or before `now`, earliest first; nil when there is none left.
    package mutating func popExpired(at now: ContinuousClock.Instant) -> Payload? {
        if heads[Self.dueList] < 0 { advance(to: tickAtOrBefore(now)) }
        let index = heads[Self.dueList]
        guard index >= 0 else { return nil }
        let payload = entries[Int(index)].payload
        unlink(index)
        release(index)
        return payload
    }

    /// When to look again: the earliest deadline, or earlier where a coarse slot must be sorted into finer ones. Of what is
    /// due already its own deadline, to the millisecond.
    package var nextDeadline: ContinuousClock.Instant? {
        let due = heads[Self.dueList]
        if due >= 0 { return origin.advanced(by: .milliseconds(entries[Int(due)].tick)) }
        return nextTick.map { origin.advanced(by: .milliseconds($0)) }
    }

    // MARK: Time

    private func tickAtOrBefore(_ instant: ContinuousClock.Instant) -> Int64 {
        // A hundred thousand years will do: "never" is often written as a duration near the largest there is.
        let (seconds, attoseconds) = min(origin.duration(to: instant), .seconds(3_000_000_000_000)).components
        return max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }

    private func tickAtOrAfter(_ instant: ContinuousClock.Instant) -> Int64 {
        let tick = tickAtOrBefore(instant)
        return origin.advanced(by: .milliseconds(tick)) < instant ? tick + 1 : tick
    }

    private mutating func advance(to target: Int64) {
        while tick < target, heads[Self.dueList] < 0 {
            tick = min(target, nextTick ?? target)
            if tick & 0xFFFF == 0 { resort(wheel: 2) }
            if tick & 0xFF == 0 { resort(wheel: 1) }
            expire()
        }
    }

    /// When something is to be done next: the nearest slot of the finest wheel, or the beginning of a coarser one.
    private var nextTick: Int64? {
        if count == 0 { return nil }
        var next = Int64.max
        for wheel in 0..<3 {
            let shift = Int64(wheel * 8)
            if let slot = nextOccupiedSlot(in: wheel, after: tick >> shift) { next = min(next, slot << shift) }
        }
        return next == .max ? nil : next
    }

    /// The number (not the position) of the next slot with a timer in it, counted on from `current`.
    private func nextOccupiedSlot(in wheel: Int, after current: Int64) -> Int64? {
        var distance: Int64 = 1
        while distance <= Self.slotsPerWheel {
            let position = (current + distance) & (Self.slotsPerWheel - 1)
            let word = occupied[wheel * 4 + Int(position >> 6)] >> UInt64(position & 63)
            if word != 0 {
                let found = distance + Int64(word.trailingZeroBitCount)
                return found <= Self.slotsPerWheel ? current + found : nil
            }
            distance += 64 - (position & 63)
        }
        return nil
    }

    /// Moves the timers of the coarse slot that begins now into finer ones.
    private mutating func resort(wheel: Int) {
        let position = Int((tick >> Int64(wheel * 8)) & (Self.slotsPerWheel - 1))
        let list = wheel * 256 + position
        while heads[list] >= 0 {
            let index = heads[list]
            unlink(index)
            place(index)
        }
    }

    private mutating func expire() {
        let list = Int(tick & (Self.slotsPerWheel - 1))
        while heads[list] >= 0 {
            let index = heads[list]
            unlink(index)
            link(index, into: Self.dueList)
        }
    }

    // MARK: Lists

    private mutating func place(_ index: Int32) {
        let deadline = entries[Int(index)].tick
        let distance = deadline - tick
        if distance <= 0 { return link(index, into: Self.dueList) }
        // A deadline beyond the horizon waits in the last slot, and is placed anew from there.
        let shown = distance > Self.horizon ? tick + Self.horizon : deadline
        let wheel = distance < 256 ? 0 : distance < 65_536 ? 1 : 2
        link(index, into: wheel * 256 + Int((shown >> Int64(wheel * 8)) & 255))
    }

    private mutating func link(_ index: Int32, into list: Int) {
        entries[Int(index)].list = Int32(list)
        if list == Self.dueList {
            // In order of their deadlines: what expires first fires first.
            entries[Int(index)].previous = dueTail
            entries[Int(index)].next = -1
            if dueTail >= 0 { entries[Int(dueTail)].next = index } else { heads[list] = index }
            dueTail = index
            return
        }
        let head = heads[list]
        entries[Int(index)].previous = -1
        entries[Int(index)].next = head
        if head >= 0 { entries[Int(head)].previous = index }
        heads[list] = index
        occupied[list >> 6] |= 1 << UInt64(list & 63)
    }

    private mutating func unlink(_ index: Int32) {
        let entry = entries[Int(index)]
        let list = Int(entry.list)
        if entry.previous >= 0 { entries[Int(entry.previous)].next = entry.next } else { heads[list] = entry.next }
        if entry.next >= 0 { entries[Int(entry.next)].previous = entry.previous }
        if list == Self.dueList {
            if entry.next < 0 { dueTail = entry.previous }
        } else if heads[list] < 0 {
            occupied[list >> 6] &= ~(1 << UInt64(list & 63))
        }
    }

    private mutating func takeEntry() -> Int32 {
        if free >= 0 {
            let index = free
            free = entries[Int(index)].next
            return index
        }
        entries.appendSparingly(Entry())
        return Int32(entries.count - 1)
    }

    private mutating func release(_ index: Int32) {
        entries[Int(index)].payload = nil
        entries[Int(index)].generation &+= 1
        entries[Int(index)].next = free
        free = index
        count -= 1
    }
}
