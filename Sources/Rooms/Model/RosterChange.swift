/// How one roster differs from an earlier one, for one member.
package enum RosterChange: Equatable, Sendable {
    case added(Member)
    case updated(Member)
    case removed(socket: String)
}

extension Roster {
    /// What has to be told to whoever knows this roster, so that it knows the newer one: in the order of sockets. Who has
    /// come and gone in between is in neither.
    func changes(to newer: Roster) -> [RosterChange] {
        var changes: [RosterChange] = []
        var (before, after) = (makeIterator(), newer.makeIterator())
        var (old, new) = (before.next(), after.next())
        while old != nil || new != nil {
            if let known = old, new.map({ known.socket < $0.socket }) ?? true {
                changes.append(.removed(socket: known.socket))
                old = before.next()
            } else if let added = new, old.map({ added.socket < $0.socket }) ?? true {
                changes.append(.added(added))
                new = after.next()
            } else {
                if let new, old != new { changes.append(.updated(new)) }
                (old, new) = (before.next(), after.next())
            }
        }
        return changes
    }
}
