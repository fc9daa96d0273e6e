import Testing

@testable import RESP

struct AddressOrderTests {
    @Test("each address gets its turn; what has failed comes last when the name is looked up again")
    func turns() {
        var order = AddressOrder<String>()
        #expect(order.next() == nil)
        order.found(["replica", "dead", "primary"])
        #expect(order.next() == "replica")
        order.worked("replica")
        // It says that it is read-only.
        order.failed("replica")
        #expect(order.next() == nil)
        order.found(["replica", "dead", "primary"])
        #expect(order.next() == "dead")
        order.failed("dead")
        #expect(!order.isExhausted && order.next() == "primary")
        order.worked("primary")
        order.found(["replica", "dead", "primary"])
        #expect(order.next() == "primary" && order.next() == "replica" && order.next() == "dead")
        #expect(order.next() == nil)
    }

    @Test("an address that isn't the name's any more is forgotten")
    func gone() {
        var order = AddressOrder<String>()
        order.failed("old")
        order.found(["new"])
        #expect(order.next() == "new")
        order.found(["new", "old"])
        #expect(order.next() == "new" && order.next() == "old")
    }
}
