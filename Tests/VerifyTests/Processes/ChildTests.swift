import TestSupport
import Testing
import Transport

@testable import Verify

@Suite("Child processes")
struct ChildTests {
    private func run(
        _ path: String, _ arguments: [String]
    ) throws -> (child: System.Child, events: Recorder<System.Child.Event>) {
        let events = Recorder<System.Child.Event>()
        let child = try System.Child(path, arguments) { events.record($0) }
        return (child, events)
    }

    private func status(_ events: [System.Child.Event]) -> Int32? {
        if case .exited(let status)? = events.last { status } else { nil }
    }

    @Test("its lines come in order, then its exit status")
    func lines() async throws {
        let (_, recorder) = try run("/bin/sh", ["-c", "echo one; echo two >&2; printf three; exit 7"])
        let events = try await recorder.wait("its end") { status($0) != nil }
        let lines = events.compactMap { event -> String? in
            if case .line(let line) = event { line } else { nil }
        }
        #expect(lines == ["one", "two", "three"])
        #expect(status(events) == 7)
        let isStarted = if case .started = events[0] { true } else { false }
        #expect(isStarted)
    }

    @Test("it gets signals though this process blocks them, and none once it has ended")
    func signals() async throws {
        let (child, recorder) = try run("/bin/sleep", ["600"])
        _ = try await recorder.wait("its start") { !$0.isEmpty }
        #expect(child.pid != nil)
        child.signal(.freeze)
        child.signal(.terminate)
        child.signal(.thaw)
        let events = try await recorder.wait("its end") { status($0) != nil }
        #expect(status(events) == 143)  // 128 + SIGTERM
        #expect(child.pid == nil)
        child.signal(.kill)
    }

    @Test("it can be ended while it is frozen, and at once")
    func end() async throws {
        let (child, recorder) = try run("/bin/sleep", ["600"])
        _ = try await recorder.wait("its start") { !$0.isEmpty }
        child.signal(.freeze)
        child.end()
        #expect(status(try await recorder.wait("its end") { status($0) != nil }) == 137)  // 128 + SIGKILL
    }

    @Test("the memory of a process can be seen on Linux")
    func memory() async throws {
        let (child, recorder) = try run("/bin/sleep", ["600"])
        _ = try await recorder.wait("its start") { !$0.isEmpty }
        let pid = try #require(child.pid)
        #if os(Linux)
            // It may have been looked at before it became the program that it is.
            try await eventually("its memory is seen") { (System.residentBytes(of: pid) ?? 0) > 100_000 }
        #endif
        #expect(System.residentBytes(of: -1) == nil)
        child.end()
    }

    @Test("what can't be started ends with 127")
    func unknown() async throws {
        let (_, recorder) = try run("/no/such/program", [])
        #expect(status(try await recorder.wait("its end") { status($0) != nil }) == 127)
    }
}
