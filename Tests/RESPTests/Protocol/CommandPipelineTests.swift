import Testing

@testable import RESP

struct CommandPipelineTests {
    typealias Pipeline = CommandPipeline<String>

    private let start = ContinuousClock.now
    let script = RedisScript("return ARGV[1]")

    func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    func pipeline(commands: Int = 1000, bytes: Int = 1_000_000, connected: Bool = true) -> Pipeline {
        var pipeline = Pipeline(limits: .init(commands: commands, bytes: bytes))
        if connected { pipeline.connected(1, loaded: [script]) }
        return pipeline
    }

    func entry(
        _ name: String, _ commands: [RedisCommand]? = nil, deadline: Int = 5, connection: UInt64? = nil
    ) -> Pipeline.Entry {
        let request: CommandRequest =
            switch commands {
            case nil: .single(RedisCommand(name))
            case let commands? where commands.count == 1: .single(commands[0])
            case let commands?: .transaction(RedisBatch(commands))
            }
        return Pipeline.Entry(request: request, deadline: at(deadline), connection: connection, completion: name)
    }

    func run(_ name: String) -> Pipeline.Entry {
        entry(name, [RedisCommand(script, keys: [], arguments: [name])])
    }

    /// What a write gives, as the words of its commands.
    func write(_ pipeline: inout Pipeline, byteLimit: Int = .max) throws -> [[String]] {
        var bytes: [UInt8] = []
        pipeline.write(to: &bytes, byteLimit: byteLimit)
        var decoder = RESPDecoder()
        bytes.withUnsafeBytes { decoder.append($0) }
        var commands: [[String]] = []
        while let value = try decoder.next() { commands.append(value.elements?.compactMap(\.string) ?? []) }
        return commands
    }

    func text(_ text: String) -> RESPValue { .simpleString(Array(text.utf8)[...]) }
    func error(_ text: String) -> RESPValue { .error(Array(text.utf8)[...]) }
    let noScript = RESPValue.error(Array("NOSCRIPT No matching script.".utf8)[...])

    func names(_ outcomes: [Pipeline.Outcome]) -> [String] { outcomes.map(\.completion) }

    // MARK: Order

    @Test("replies go to the commands in the order of sending")
    func matching() throws {
        var pipeline = pipeline()
        for name in ["A", "B", "C"] { try pipeline.submit(entry(name)) }
        #expect(try write(&pipeline) == [["A"], ["B"], ["C"]])
        #expect(pipeline.isAwaitingReplies && !pipeline.hasWaiting && pipeline.count == 3)
        for name in ["A", "B", "C"] {
            let outcome = try pipeline.receive(text("to \(name)"))
            #expect(outcome?.completion == name)
            #expect(try outcome?.result.get() == text("to \(name)"))
        }
        #expect(pipeline.count == 0)
    }

    @Test("an error reply fails its own command and no other")
    func errorReply() throws {
        var pipeline = pipeline()
        try pipeline.submit(entry("A"))
        try pipeline.submit(entry("B"))
        _ = try write(&pipeline)
        #expect(try pipeline.receive(error("WRONGTYPE no"))?.result == .failure(.reply("WRONGTYPE no")))
        #expect(try pipeline.receive(text("OK"))?.result == .success(text("OK")))
    }

    @Test("a reply that nobody awaits is refused")
    func unexpected() throws {
        var pipeline = pipeline()
        #expect(throws: RedisError.self) { _ = try pipeline.receive(text("hello?")) }
    }

    @Test("one write takes about as many bytes as it may, the next goes on from there")
    func byteLimit() throws {
        var pipeline = pipeline()
        for name in ["A", "B", "C"] { try pipeline.submit(entry(name)) }
        #expect(try write(&pipeline, byteLimit: 0) == [])
        #expect(try write(&pipeline, byteLimit: 1) == [["A"]])
        #expect(pipeline.hasWaiting)
        #expect(try write(&pipeline) == [["B"], ["C"]])
    }

    // MARK: Transactions

    @Test("a transaction's outcome is the reply to its EXEC")
    func transaction() throws {
        var pipeline = pipeline()
        try pipeline.submit(entry("T", ["MULTI", "A", "EXEC"].map { RedisCommand($0) }))
        try pipeline.submit(entry("B"))
        #expect(try write(&pipeline) == [["MULTI"], ["A"], ["EXEC"], ["B"]])
        #expect(try pipeline.receive(text("OK")) == nil)
        #expect(try pipeline.receive(text("QUEUED")) == nil)
        let outcome = try pipeline.receive(.array([.integer(1)]))
        #expect(outcome?.completion == "T" && outcome?.result == .success(.array([.integer(1)])))
        #expect(try pipeline.receive(text("OK"))?.completion == "B")
    }

    @Test("a refused transaction names the command that was at fault, not EXECABORT")
    func refusedTransaction() throws {
        var pipeline = pipeline()
        try pipeline.submit(entry("T", ["MULTI", "A", "EXEC"].map { RedisCommand($0) }))
        _ = try write(&pipeline)
        #expect(try pipeline.receive(text("OK")) == nil)
        #expect(try pipeline.receive(error("ERR unknown command")) == nil)
        #expect(try pipeline.receive(error("EXECABORT because"))?.result == .failure(.reply("ERR unknown command")))
    }

    // MARK: Time

    @Test("a written command that expires keeps its place: the late reply is nobody else's")
    func expiryKeepsPlaces() throws {
        var pipeline = pipeline()
        try pipeline.submit(entry("A", deadline: 1))
        try pipeline.submit(entry("B", deadline: 9))
        _ = try write(&pipeline)
        #expect(pipeline.nextDeadline == at(1))
        let outcomes = pipeline.expire(at: at(1), notConnected: "-")
        #expect(names(outcomes) == ["A"] && outcomes.first?.result == .failure(.timedOut))
        #expect(pipeline.nextDeadline == at(9))
        #expect(pipeline.expire(at: at(2), notConnected: "-").isEmpty)
        #expect(try pipeline.receive(text("late")) == nil)
        #expect(try pipeline.receive(text("B's"))?.completion == "B")
    }

    @Test("a command that wasn't written in time fails with the reason, and is never written")
    func waitingExpires() throws {
        var pipeline = pipeline(connected: false)
        try pipeline.submit(entry("A", deadline: 1))
        try pipeline.submit(entry("B", deadline: 2))
        let outcomes = pipeline.expire(at: at(1), notConnected: "refused")
        #expect(names(outcomes) == ["A"] && outcomes.first?.result == .failure(.notConnected("refused")))
        pipeline.connected(1, loaded: [])
        #expect(try write(&pipeline) == [["B"]])
    }

    @Test("a script that waits to be sent again expires like one that was never sent")
    func againExpires() throws {
        var pipeline = pipeline()
        try pipeline.submit(run("A"))
        try pipeline.submit(entry("B"))
        _ = try write(&pipeline)
        #expect(try pipeline.receive(noScript) == nil)
        #expect(names(pipeline.expire(at: at(5), notConnected: "-")).sorted() == ["A", "B"])
        #expect(try pipeline.receive(text("B's")) == nil)
        #expect(try write(&pipeline) == [] && pipeline.count == 0)
    }

    // MARK: Bounds, loss, closing

    @Test("no more commands than the limit, and no more bytes, are taken; both are free again afterwards")
    func limits() throws {
        var pipeline = pipeline(commands: 2, connected: false)
        try pipeline.submit(entry("A"))
        try pipeline.submit(entry("B"))
        #expect(throws: RedisError.queueFull(limit: 2)) { try pipeline.submit(entry("C")) }
        pipeline.connected(1, loaded: [])
        _ = try write(&pipeline)
        #expect(throws: RedisError.queueFull(limit: 2)) { try pipeline.submit(entry("C")) }
        _ = try pipeline.receive(text("OK"))
        try pipeline.submit(entry("C"))

        var small = self.pipeline(bytes: 300, connected: false)
        try small.submit(entry("A", [RedisCommand("SET", "k", String(repeating: "x", count: 150))]))
        let big = entry("B", [RedisCommand("SET", "k", String(repeating: "x", count: 150))])
        #expect(throws: RedisError.self) { try small.submit(big) }
        #expect(names(small.expire(at: at(5), notConnected: "-")) == ["A"])
        try small.submit(big)
    }

    @Test("when the link is lost, what was written fails, what wasn't waits in its order")
    func linkLost() throws {
        var pipeline = pipeline()
        try pipeline.submit(entry("A"))
        try pipeline.submit(run("B"))
        _ = try write(&pipeline)
        try pipeline.submit(entry("C"))
        try pipeline.submit(entry("D", connection: 1))
        let outcomes = pipeline.linkLost("reset")
        #expect(names(outcomes) == ["A", "B", "D"])
        #expect(
            outcomes.map(\.result) == [
                .failure(.connectionLost("reset")), .failure(.connectionLost("reset")), .failure(.connectionChanged),
            ])
        #expect(throws: RedisError.connectionChanged) { try pipeline.submit(entry("E", connection: 1)) }
        pipeline.connected(2, loaded: [])
        #expect(throws: RedisError.connectionChanged) { try pipeline.submit(entry("E", connection: 1)) }
        try pipeline.submit(entry("F", connection: 2))
        #expect(try write(&pipeline) == [["C"], ["F"]])
    }

    @Test("scripts that Redis had refused with NOSCRIPT wait for the next link, before all others")
    func linkLostAfterNoScript() throws {
        var pipeline = pipeline()
        try pipeline.submit(run("A"))
        try pipeline.submit(entry("B"))
        _ = try write(&pipeline)
        #expect(try pipeline.receive(noScript) == nil)
        try pipeline.submit(entry("C"))
        #expect(names(pipeline.linkLost("reset")) == ["B"])
        pipeline.connected(2, loaded: [script])
        #expect(try write(&pipeline) == [["EVALSHA", script.digest, "0", "A"], ["C"]])
    }

    @Test("half the replies of a transaction don't count for the next link")
    func linkLostWithinTransaction() throws {
        var pipeline = pipeline()
        try pipeline.submit(entry("T", ["MULTI", "A", "EXEC"].map { RedisCommand($0) }))
        _ = try write(&pipeline)
        _ = try pipeline.receive(text("OK"))
        #expect(names(pipeline.linkLost("reset")) == ["T"])
        pipeline.connected(2, loaded: [])
        try pipeline.submit(entry("B"))
        _ = try write(&pipeline)
        #expect(try pipeline.receive(text("OK"))?.completion == "B")
    }

    @Test("closing fails everything, wherever it stands")
    func close() throws {
        var pipeline = pipeline()
        try pipeline.submit(run("A"))
        try pipeline.submit(entry("B"))
        _ = try write(&pipeline)
        _ = try pipeline.receive(noScript)
        try pipeline.submit(entry("C"))
        let outcomes = pipeline.close()
        #expect(names(outcomes).sorted() == ["A", "B", "C"])
        #expect(outcomes.allSatisfy { $0.result == .failure(.closed) })
        #expect(pipeline.count == 0)
    }
}
