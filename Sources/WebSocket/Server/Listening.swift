/// The topics that one session listens to, and its place among the listeners of each.
///
/// All but a few listen to one topic at most: that takes no memory but this.
struct Listening {
    private enum Places {
        case none
        case one(Topic, Int32)
        case many([ObjectIdentifier: (topic: Topic, position: Int32)])
    }

    private var places = Places.none

    /// Any of them; nil when there is none.
    var first: Topic? {
        switch places {
        case .none: nil
        case .one(let topic, _): topic
        case .many(let places): places.values.first?.topic
        }
    }

    var isSeveral: Bool { if case .many = places { true } else { false } }

    /// The session's place among the topic's listeners; nil where it isn't one.
    subscript(_ topic: Topic) -> Int? {
        get {
            switch places {
            case .none: nil
            case .one(topic, let position): Int(position)
            case .one: nil
            case .many(let places): places[ObjectIdentifier(topic)].map { Int($0.position) }
            }
        }
        set {
            let position = newValue.map { Int32($0) }
            switch places {
            case .none, .one(topic, _):
                places = position.map { .one(topic, $0) } ?? .none
            case .one(let other, let place):
                guard let position else { return }
                places = .many([
                    ObjectIdentifier(other): (other, place), ObjectIdentifier(topic): (topic, position),
                ])
            case .many(var all):
                // Not held twice while it is changed, which would copy it.
                places = .none
                all[ObjectIdentifier(topic)] = position.map { (topic, $0) }
                places = all.isEmpty ? .none : .many(all)
            }
        }
    }

    func visit(_ body: (Topic) -> Void) {
        switch places {
        case .none: break
        case .one(let topic, _): body(topic)
        case .many(let places): for place in places.values { body(place.topic) }
        }
    }
}

/// One topic is the other if it is the same object.
private func ~= (pattern: Topic, value: Topic) -> Bool { pattern === value }
