import Testing

@testable import RESP

extension CommandPipelineTests {
    private func entry(_ name: String, pipeline commands: [RedisCommand], deadline: Int = 5) -> Pipeline.Entry {
        Pipeline.Entry(
            request: .pipeline(RedisBatch(commands)), deadline: at(deadline), connection: nil, completion: name)
    }

    @Test("a pipeline's outcome is all of its replies, errors among them")
    func manyReplies() throws {
        var pipeline = pipeline()
        try pipeline.submit(entry("P", pipeline: ["A", "B", "C"].map { RedisCommand($0) }))
        try pipeline.submit(entry("Q", pipeline: [RedisCommand("D")]))
        #expect(pipeline.count == 4)
        #expect(try write(&pipeline) == [["A"], ["B"], ["C"], ["D"]])
        #expect(try pipeline.receive(text("1")) == nil)
        #expect(try pipeline.receive(error("ERR 2")) == nil)
        let outcome = try pipeline.receive(.nullArray)
        #expect(
            outcome?.completion == "P" && outcome?.result == .success(.array([text("1"), error("ERR 2"), .nullArray])))
        #expect(try pipeline.receive(error("ERR 4"))?.result == .success(.array([error("ERR 4")])))
        #expect(pipeline.count == 0)
    }

    @Test("the replies that had come for a lost pipeline belong to nobody")
    func lostPipeline() throws {
        var pipeline = pipeline()
        let commands = ["A", "B", "C"].map { RedisCommand($0) }
        try pipeline.submit(entry("P", pipeline: commands))
        _ = try write(&pipeline)
        #expect(try pipeline.receive(text("1")) == nil)
        #expect(names(pipeline.linkLost("reset")) == ["P"])
        pipeline.connected(2, loaded: [])
        try pipeline.submit(entry("Q", pipeline: commands))
        _ = try write(&pipeline)
        for _ in 0..<2 { #expect(try pipeline.receive(text("2")) == nil) }
        #expect(try pipeline.receive(text("2"))?.result == .success(.array(Array(repeating: text("2"), count: 3))))
    }

    @Test("a pipeline that expires half answered keeps its places")
    func expiredPipeline() throws {
        var pipeline = pipeline()
        try pipeline.submit(entry("P", pipeline: ["A", "B", "C"].map { RedisCommand($0) }, deadline: 1))
        try pipeline.submit(entry("D"))
        _ = try write(&pipeline)
        #expect(try pipeline.receive(text("1")) == nil)
        #expect(pipeline.expire(at: at(1), notConnected: "-").map(\.result) == [.failure(.timedOut)])
        for _ in 0..<2 { #expect(try pipeline.receive(text("late")) == nil) }
        #expect(try pipeline.receive(text("D's"))?.completion == "D")
        #expect(pipeline.count == 0)
    }

    @Test("each command of a pipeline counts")
    func pipelineLimit() throws {
        var pipeline = pipeline(commands: 3)
        let two = ["A", "B"].map { RedisCommand($0) }
        try pipeline.submit(entry("P", pipeline: two))
        #expect(throws: RedisError.queueFull(limit: 3)) { try pipeline.submit(entry("Q", pipeline: two)) }
        try pipeline.submit(entry("C"))
        #expect(names(pipeline.close()) == ["P", "C"])
    }
}
