import Testing

@testable import RESP

extension CommandPipelineTests {
    private var load: [String] { ["SCRIPT", "LOAD", script.source] }
    private var digest: RESPValue { .bulkString(Array(script.digest.utf8)[...]) }

    private func evaluation(_ argument: String) -> [String] { ["EVALSHA", script.digest, "0", argument] }

    @Test("a script goes by its digest, and is loaded in the same write where the connection hasn't yet")
    func firstRun() throws {
        var pipeline = pipeline()
        let unknown = RedisScript("return 2")
        try pipeline.submit(run("A"))
        for name in ["B", "C"] { try pipeline.submit(entry(name, [RedisCommand(unknown, keys: ["k"])])) }
        #expect(
            try write(&pipeline) == [
                evaluation("A"), ["SCRIPT", "LOAD", "return 2"], ["EVALSHA", unknown.digest, "1", "k"],
                ["EVALSHA", unknown.digest, "1", "k"],
            ])
        #expect(try pipeline.receive(text("to A"))?.completion == "A")
        #expect(try pipeline.receive(text(unknown.digest)) == nil)
        for name in ["B", "C"] { #expect(try pipeline.receive(text("OK"))?.completion == name) }
        #expect(pipeline.count == 0)
    }

    @Test("after NOSCRIPT all that is in flight comes back first, then the scripts, loaded once, then what is newer")
    func noScriptOrder() throws {
        var pipeline = pipeline()
        for name in ["A", "B"] { try pipeline.submit(run(name)) }
        #expect(try write(&pipeline).count == 2)
        #expect(try pipeline.receive(noScript) == nil)
        try pipeline.submit(run("C"))
        // B's answer is still to come: neither A again nor C may go before it.
        #expect(try write(&pipeline) == [])
        #expect(try pipeline.receive(noScript) == nil)
        #expect(try write(&pipeline) == [load, evaluation("A"), evaluation("B"), evaluation("C")])
        #expect(try pipeline.receive(digest) == nil)
        for name in ["A", "B", "C"] { #expect(try pipeline.receive(text("OK"))?.completion == name) }
        #expect(pipeline.count == 0 && !pipeline.isAwaitingReplies)
    }

    @Test("a thousand scripts in flight that are forgotten are loaded once")
    func loadedOnce() throws {
        var pipeline = pipeline(commands: 2_000)
        for number in 0..<1_000 { try pipeline.submit(run("\(number)")) }
        #expect(try write(&pipeline).count == 1_000)
        for _ in 0..<1_000 { #expect(try pipeline.receive(noScript) == nil) }
        let again = try write(&pipeline)
        #expect(again.count == 1_001 && again.first == load && again.filter { $0 == load }.count == 1)
        #expect(again.dropFirst().map(\.last) == (0..<1_000).map { "\($0)" })
    }

    @Test("flushed between being loaded and being run, a script is loaded again, but not for ever")
    func flushedAgain() throws {
        var pipeline = pipeline()
        try pipeline.submit(run("A"))
        _ = try write(&pipeline)
        var outcome = try pipeline.receive(noScript)
        var attempts = 0
        while outcome == nil {
            attempts += 1
            #expect(try write(&pipeline) == [load, evaluation("A")])
            #expect(try pipeline.receive(digest) == nil)
            outcome = try pipeline.receive(noScript)
        }
        #expect((2...10).contains(attempts))
        #expect(outcome?.result == .failure(.reply("NOSCRIPT No matching script.")))
        #expect(pipeline.count == 0)
    }

    @Test("where SCRIPT LOAD is refused, its words are what the scripts fail with, and the next one tries again")
    func refusedLoad() throws {
        var pipeline = pipeline()
        for name in ["A", "B"] { try pipeline.submit(run(name)) }
        _ = try write(&pipeline)
        for _ in 0..<2 { #expect(try pipeline.receive(noScript) == nil) }
        #expect(try write(&pipeline).count == 3)
        #expect(try pipeline.receive(error("NOPERM no script|load")) == nil)
        for name in ["A", "B"] {
            let outcome = try pipeline.receive(noScript)
            #expect(outcome?.completion == name && outcome?.result == .failure(.reply("NOPERM no script|load")))
        }
        try pipeline.submit(run("C"))
        #expect(try write(&pipeline) == [load, evaluation("C")])
        #expect(pipeline.count == 2)
    }

    @Test("a new connection knows no more than its greeting has loaded")
    func newConnection() throws {
        var pipeline = pipeline()
        _ = pipeline.linkLost("reset")
        pipeline.connected(2, loaded: [])
        try pipeline.submit(run("A"))
        #expect(try write(&pipeline) == [load, evaluation("A")])
    }

    // MARK: Among others

    @Test("a script in a transaction is loaded in it, and what that answers is nobody's")
    func scriptInTransaction() throws {
        var pipeline = pipeline()
        let commands = [
            RedisCommand("MULTI"), RedisCommand("A"), RedisCommand(script, keys: []), RedisCommand(script, keys: []),
            RedisCommand("EXEC"),
        ]
        try pipeline.submit(entry("T", commands))
        let run = ["EVALSHA", script.digest, "0"]
        #expect(try write(&pipeline) == [["MULTI"], ["A"], load, run, run, ["EXEC"]])
        for reply in ["OK", "QUEUED", "QUEUED", "QUEUED", "QUEUED"] {
            #expect(try pipeline.receive(text(reply)) == nil)
        }
        let outcome = try pipeline.receive(.array([text("a"), digest, .integer(1), .integer(2)]))
        #expect(outcome?.result == .success(.array([text("a"), .integer(1), .integer(2)])))
    }

    @Test("a script in a batch is loaded and run in a transaction of its own; one in the batch's own, within that")
    func scriptInBatch() throws {
        var pipeline = pipeline()
        let run = RedisCommand(script, keys: [])
        let commands = [
            run, RedisCommand("A"), RedisCommand("multi"), RedisCommand("B"), run, RedisCommand("EXEC"), run,
        ]
        try pipeline.submit(
            .init(request: .pipeline(RedisBatch(commands)), deadline: at(5), connection: nil, completion: "P"))
        let bare = ["EVALSHA", script.digest, "0"]
        let framed = [["MULTI"], load, bare, ["EXEC"]]
        #expect(try write(&pipeline) == framed + [["A"], ["multi"], ["B"], load, bare, ["EXEC"]] + framed)
        let replies: [RESPValue] = [
            text("OK"), text("QUEUED"), text("QUEUED"), .array([digest, .integer(1)]), text("a"), text("OK"),
            text("QUEUED"), text("QUEUED"), text("QUEUED"), .array([text("b"), digest, .integer(2)]), text("OK"),
            text("QUEUED"), error("MOVED 1"),
        ]
        for reply in replies { #expect(try pipeline.receive(reply) == nil) }
        let outcome = try pipeline.receive(error("EXECABORT because"))
        #expect(
            outcome?.result
                == .success(
                    .array([
                        .integer(1), text("a"), text("OK"), text("QUEUED"), text("QUEUED"),
                        .array([text("b"), .integer(2)]), error("MOVED 1"),
                    ])))
        #expect(pipeline.count == 0)
    }
}
