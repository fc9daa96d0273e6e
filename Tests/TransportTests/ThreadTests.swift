import Synchronization
import TestSupport
import Testing

@testable import Transport

struct ThreadTests {
    @Test("a thread that can't be made is an error, and what it should have done is let go")
    func noThread() {
        final class Held: Sendable {}
        var held: Held? = Held()
        weak let watch = held
        let error = #expect(throws: SystemError.self) {
            // No address space has room for its stack.
            try System.Thread(stackSize: 1 << 60) { [held] in _ = held }.detach()
        }
        #expect(error?.operation == "pthread_create")
        held = nil
        #expect(watch == nil)
    }

    /// Answers when it is told to.
    private final class SlowNames: Sendable {
        private let gate = System.Monitor()
        private let isOpen = Atomic<Bool>(false)
        let asked = Recorder<String>()

        func open() {
            gate.lock()
            isOpen.store(true, ordering: .relaxed)
            gate.wakeAll()
            gate.unlock()
        }

        func lookUp(_ host: String, _ port: UInt16) -> ResolverThread.Answer {
            asked.record(host)
            gate.lock()
            while !isOpen.load(ordering: .relaxed) { gate.wait(for: .seconds(1)) }
            gate.unlock()
            return .success([.loopback(port: port)])
        }
    }

    @Test("names are looked up in turn by one thread, once for all who wait, and not for more than there is room for")
    func resolver() async throws {
        let names = SlowNames()
        let resolver = ResolverThread(names.lookUp)
        let answers = Recorder<ResolverThread.Answer>()
        for number in 0..<(ResolverThread.limit + 5) {
            resolver.ask(number % 2 == 0 ? "slow" : "other", port: 1) { answers.record($0) }
        }
        #expect(answers.events == Array(repeating: .failure(.resolverBusy), count: 5))
        names.open()
        try await answers.wait("all answers") { $0.count == ResolverThread.limit + 5 }
        #expect(answers.events.dropFirst(5).allSatisfy { $0 == .success([.loopback(port: 1)]) })
        #expect(names.asked.events == ["slow", "other"])
        // There is room again.
        let again = Recorder<ResolverThread.Answer>()
        resolver.ask("slow", port: 2) { again.record($0) }
        try await again.wait("the answer") { $0 == [.success([.loopback(port: 2)])] }
    }
}
