import Testing

@testable import RESP

struct FIFOTests {
    @Test("any mix of appending and taking agrees with an array")
    func model() {
        for bias in 1...9 {
            var fifo = FIFO<Int>()
            var model: [Int] = []
            for step in 0..<2000 {
                if Int.random(in: 0..<10) < bias {
                    fifo.append(step)
                    model.append(step)
                } else {
                    #expect(fifo.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
                }
                #expect(fifo.count == model.count && fifo.isEmpty == model.isEmpty && fifo.first == model.first)
            }
            var seen: [Int] = []
            func note(_ element: Int) { seen.append(element) }
            fifo.forEach(note)
            #expect(seen == model)
            #expect(fifo.takeAll() == model)
            #expect(fifo.isEmpty && fifo.popFirst() == nil)
        }
    }

    @Test("the first element can be changed in place")
    func updateFirst() {
        var fifo = FIFO<Int>()
        fifo.updateFirst { $0 += 1 }
        #expect(fifo.isEmpty)
        fifo.append(1)
        fifo.append(2)
        fifo.updateFirst { $0 += 10 }
        #expect(fifo.takeAll() == [11, 2])
    }

    @Test("what was taken is not held any longer")
    func releases() {
        final class Thing {}
        var fifo = FIFO<Thing>()
        weak var thing: Thing?
        do {
            let made = Thing()
            thing = made
            fifo.append(made)
            fifo.append(Thing())
        }
        _ = fifo.popFirst()
        #expect(thing == nil)
    }
}
