import Testing

@testable import ChatServer
@testable import Rooms

struct EvictionPolicyTests {
    private func info(_ policy: String) -> String {
        "# Memory\r\nused_memory:1\r\nmaxmemory_policy:\(policy)\r\nmem_allocator:libc\r\n"
    }

    @Test(
        "every policy but noeviction is warned of by its name",
        arguments: [
            "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random",
            "volatile-ttl",
        ])
    func warns(policy: String) {
        var eviction = EvictionPolicy()
        #expect(eviction.observe(info(policy))?.contains("maxmemory-policy is \(policy)") == true)
        #expect(eviction.observe(info(policy)) == nil, "told already")
        #expect(eviction.observe(info("noeviction")) == nil)
        #expect(eviction.observe(info(policy)) != nil, "it has changed")
    }

    @Test("noeviction, and a Redis that doesn't tell, are not warned of")
    func silent() {
        var eviction = EvictionPolicy()
        #expect(eviction.observe(info("noeviction")) == nil && eviction.observe("") == nil)
    }
}
