import HTTP
import TestSupport
import Testing
import Transport

/// Answers that come later, on real sockets.
@Suite(.timeLimit(.minutes(2)))
struct LateAnswerTests {
    /// Keeps every exchange for the test to answer.
    private static func keeping(_ exchanges: Recorder<LoopBound<HTTPExchange>>) -> TestHTTPHandler {
        TestHTTPHandler { request in
            if request.path == "/now" { return .response(HTTPResponse(status: .ok, text: "this is /now")) }
            return .later { exchange, loop in exchanges.record(LoopBound(exchange, on: loop)) }
        }
    }

    private static func answer(_ box: LoopBound<HTTPExchange>, _ text: String) {
        box.loop.submit { loop in
            box.open(on: loop).answer(.response(HTTPResponse(status: .ok, text: text)), on: loop)
        }
    }

    @Test("a later answer keeps its place: requests behind it are not answered, nor asked about, before it")
    func order() async throws {
        let exchanges = Recorder<LoopBound<HTTPExchange>>()
        try await TestHTTPServer.run(.init(), Self.keeping(exchanges)) { server in
            let peer = try await server.peer()
            await peer.send(
                message("GET /a HTTP/1.1") + message("GET /now HTTP/1.1") + message("GET /b HTTP/1.1")
                    + message("GET /now HTTP/1.1", "Connection: close"))
            let first = try await exchanges.wait("the first") { $0.count == 1 }[0]
            Self.answer(first, "this is /a")
            let second = try await exchanges.wait("the second") { $0.count == 2 }[1]
            Self.answer(second, "this is /b")
            // Neither counts any more.
            Self.answer(first, "this is wrong")
            Self.answer(second, "this is wrong")
            let text = try await peer.receiveTextToEnd()
            #expect(text.matches(of: /this is (\S+)/).map { String($0.1) } == ["/a", "/now", "/b", "/now"])
        }
    }

    @Test("an answer that doesn't come in time is 503, and one that comes then is dropped")
    func overdue() async throws {
        let exchanges = Recorder<LoopBound<HTTPExchange>>()
        var configuration = HTTPConfiguration()
        configuration.answerTimeout = .milliseconds(200)
        try await TestHTTPServer.run(configuration, Self.keeping(exchanges)) { server in
            let peer = try await server.peer()
            await peer.send(message("GET /a HTTP/1.1"))
            let text = try await peer.receiveTextToEnd()
            Self.answer(exchanges.events[0], "too late")
            #expect(text.hasPrefix("HTTP/1.1 503 ") && text.occurrences(of: "HTTP/1.1 ") == 1)
            #expect(server.server.metrics.overdueAnswers == 1)
        }
    }

    @Test("a task is cancelled when its time is over, and when its client goes")
    func cancellation() async throws {
        let events = Recorder<String>()
        let handler = TestHTTPHandler { request in
            .asynchronous { _ in
                events.record("started")
                await withTaskCancellationHandler {
                    while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
                } onCancel: {
                    events.record("cancelled")
                }
                return .response(HTTPResponse(status: .ok, text: "never seen"))
            }
        }
        var configuration = HTTPConfiguration()
        configuration.answerTimeout = .milliseconds(200)
        try await TestHTTPServer.run(configuration, handler) { server in
            #expect(try await server.answer(message("GET / HTTP/1.1")).hasPrefix("HTTP/1.1 503 "))
            try await events.wait("the first is cancelled") { $0 == ["started", "cancelled"] }
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let peer = try await server.peer()
            await peer.send(message("GET / HTTP/1.1"))
            try await events.wait("the second has started") { $0.count == 3 }
            await server.server.shutDown()
            try await events.wait("the second is cancelled") { $0.count == 4 }
            #expect(try await peer.receiveTextToEnd().hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test("a task runs on the loop of its connection, and what it throws is 500")
    func tasks() async throws {
        let handler = TestHTTPHandler { request in
            .later { exchange, loop in
                let box = LoopBound(exchange, on: loop)
                exchange.answer(
                    .asynchronous { _ in
                        if request.path == "/bad" { throw TestFailure("bad") }
                        return .response(HTTPResponse(status: .ok, text: box.loop.isCurrent ? "at home" : "abroad"))
                    }, on: loop)
            }
        }
        try await TestHTTPServer.run(.init(), handler) { server in
            let text = try await server.answer(
                message("GET / HTTP/1.1") + message("GET /bad HTTP/1.1", "Connection: close"))
            #expect(text.contains("at home") && text.contains("HTTP/1.1 500 ") && !text.contains("abroad"))
        }
    }

    @Test("one task too many is 503, and there is room again when another has ended")
    func bounded() async throws {
        let exchanges = Recorder<CheckedContinuation<Void, Never>>()
        let handler = TestHTTPHandler { _ in
            .asynchronous { _ in
                await withCheckedContinuation { exchanges.record($0) }
                return .response(HTTPResponse(status: .ok, text: "done"))
            }
        }
        var configuration = HTTPConfiguration()
        configuration.maximumTasks = 1
        try await TestHTTPServer.run(configuration, handler) { server in
            let group = server.server.group.loops.count
            let peers = try await (0..<group * 2).asyncMap { _ in try await server.peer() }
            for peer in peers { await peer.send(message("GET / HTTP/1.1", "Connection: close")) }
            let waiting = try await exchanges.wait("one for each loop") { $0.count == group }
            try await eventually("the others are refused") {
                server.server.metrics.responses[.serviceUnavailable] == group
            }
            for continuation in waiting { continuation.resume() }
            for peer in peers { try await peer.receiveToEnd() }
            let another = try await server.peer()
            await another.send(message("GET / HTTP/1.1", "Connection: close"))
            try await exchanges.wait("another") { $0.count == group + 1 }[group].resume()
            #expect(try await another.receiveTextToEnd().contains("done"))
        }
    }

    @Test("a client that ends its side behind its request still gets a later answer")
    func halfClose() async throws {
        let exchanges = Recorder<LoopBound<HTTPExchange>>()
        try await TestHTTPServer.run(.init(), Self.keeping(exchanges)) { server in
            let peer = try await server.peer()
            await peer.send(message("GET /a HTTP/1.1"))
            let exchange = try await exchanges.wait("the request") { !$0.isEmpty }[0]
            await peer.shutOutput()
            Self.answer(exchange, "all the same")
            #expect(try await peer.receiveTextToEnd().contains("all the same"))
        }
    }

    @Test("a client that pipelines behind a later answer is not read on")
    func pipelining() async throws {
        let exchanges = Recorder<LoopBound<HTTPExchange>>()
        try await TestHTTPServer.run(.init(), Self.keeping(exchanges)) { server in
            let peer = try await server.peer()
            await peer.send(message("GET /a HTTP/1.1"))
            _ = try await exchanges.wait("the request") { !$0.isEmpty }
            await peer.send(String(repeating: message("GET /now HTTP/1.1"), count: 1_000_000))
            #expect(try await peer.standstill() > 20_000_000)
            #expect(exchanges.events.count == 1)
            await peer.vanish()
        }
    }
}
