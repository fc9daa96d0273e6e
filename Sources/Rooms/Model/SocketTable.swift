/// Something that a room has for one member.
package protocol HasSocket {
    var socket: String { get }
}

extension Member: HasSocket {}

/// Who is in a room.
package typealias Roster = SocketTable<Member>

/// What a room has for its members, by their sockets and in their order.
///
/// An array, since every member of every room is in two of them: a dictionary would take three times the memory. What
/// comes or goes moves half of the others, 16 bytes on average: some microseconds among 10,000.
package struct SocketTable<Element: HasSocket>: Sequence {
    private var elements: [Element] = []

    package init() {}

    /// Of several with one socket the first is kept.
    package init(_ elements: some Sequence<Element>) {
        for element in elements.sorted(by: { $0.socket < $1.socket })
        where element.socket != self.elements.last?.socket {
            self.elements.append(element)
        }
    }

    package var isEmpty: Bool { elements.isEmpty }
    package var count: Int { elements.count }
    package var sockets: [String] { elements.map(\.socket) }

    /// So many of them in their order, from a place on.
    package func elements(from index: Int, count: Int) -> ArraySlice<Element> {
        elements.dropFirst(index).prefix(count)
    }

    package func makeIterator() -> IndexingIterator<[Element]> { elements.makeIterator() }

    package subscript(socket: String) -> Element? {
        get {
            let place = place(of: socket)
            return place < elements.count && elements[place].socket == socket ? elements[place] : nil
        }
        set {
            let place = place(of: socket)
            let isThere = place < elements.count && elements[place].socket == socket
            switch (newValue, isThere) {
            case (let element?, true): elements[place] = element
            case (let element?, false):
                reserveSparingly()
                elements.insert(element, at: place)
            case (nil, true):
                elements.remove(at: place)
                if elements.isEmpty { elements = [] }
            case (nil, false): break
            }
        }
    }

    /// Room for one more, and not as much again as there is.
    private mutating func reserveSparingly() {
        if count == elements.capacity { elements.reserveCapacity(count + count / 4 + 4) }
    }

    /// The first whose socket is not before this one.
    private func place(of socket: String) -> Int {
        var (low, high) = (0, elements.count)
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].socket < socket { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension SocketTable: Equatable where Element: Equatable {}
extension SocketTable: Sendable where Element: Sendable {}
