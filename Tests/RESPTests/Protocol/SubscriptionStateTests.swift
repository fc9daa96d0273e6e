import Testing

@testable import RESP

struct SubscriptionStateTests {
    private func bulk(_ text: String) -> RESPValue { .bulkString(Array(text.utf8)[...]) }

    private func answer(_ kind: String, _ channel: String) -> RESPValue {
        .array([bulk(kind), bulk(channel), .integer(1)])
    }

    private func message(_ channel: String, _ text: String) -> RESPValue {
        .array([bulk("message"), bulk(channel), bulk(text)])
    }

    private func words(_ command: RedisCommand?) -> [String]? {
        guard let command else { return nil }
        var bytes: [UInt8] = []
        command.encode(to: &bytes)
        var decoder = RESPDecoder()
        bytes.withUnsafeBytes { decoder.append($0) }
        return try? decoder.next()?.elements?.compactMap(\.string)
    }

    private func connected() -> SubscriptionState {
        var state = SubscriptionState()
        #expect(state.linkUp().isEmpty)
        return state
    }

    @Test("a channel is confirmed by the answer to its SUBSCRIBE, and messages are its own")
    func confirmation() throws {
        var state = connected()
        #expect(words(state.subscribe("a")) == ["SUBSCRIBE", "a"])
        #expect(state.subscribe("a") == nil && !state.isConfirmed("a"))
        #expect(try state.receive(answer("subscribe", "a")) == .confirmed(channel: "a"))
        #expect(state.isConfirmed("a"))
        #expect(
            try state.receive(message("a", "hi")) == .message(channel: "a", payload: Array("hi".utf8)[...]))
    }

    @Test("subscribe, unsubscribe, subscribe: only the answer to the last one confirms")
    func races() throws {
        var state = connected()
        #expect(words(state.subscribe("a")) == ["SUBSCRIBE", "a"])
        #expect(words(state.unsubscribe("a")) == ["UNSUBSCRIBE", "a"])
        #expect(words(state.subscribe("a")) == ["SUBSCRIBE", "a"])
        #expect(try state.receive(answer("subscribe", "a")) == .nothing)
        #expect(!state.isConfirmed("a"))
        #expect(try state.receive(answer("unsubscribe", "a")) == .nothing)
        #expect(!state.isConfirmed("a"))
        #expect(try state.receive(answer("subscribe", "a")) == .confirmed(channel: "a"))
    }

    @Test("every order of ten requests ends where the last one points")
    func everyOrder() throws {
        for pattern in 0..<1024 {
            var state = connected()
            var sent: [String] = []
            for bit in 0..<10 {
                let isSubscribe = pattern >> bit & 1 == 1
                let command = isSubscribe ? state.subscribe("a") : state.unsubscribe("a")
                if let name = words(command)?.first { sent.append(name.lowercased()) }
            }
            for (index, kind) in sent.enumerated() {
                let event = try state.receive(answer(kind, "a"))
                let isLast = index == sent.count - 1
                #expect(event == (isLast && kind == "subscribe" ? .confirmed(channel: "a") : .nothing))
            }
            #expect(state.isConfirmed("a") == (sent.last == "subscribe"))
            #expect(state.wantedChannels == (sent.last == "subscribe" ? ["a"] : []))
        }
    }

    @Test("what is still on its way for a channel just left is nobody's")
    func messageAfterUnsubscribe() throws {
        var state = connected()
        _ = state.subscribe("a")
        _ = try state.receive(answer("subscribe", "a"))
        _ = state.unsubscribe("a")
        #expect(state.unsubscribe("a") == nil)
        #expect(try state.receive(message("a", "late")) == .nothing)
        #expect(try state.receive(answer("unsubscribe", "a")) == .nothing)
        #expect(try state.receive(message("b", "stray")) == .nothing)
    }

    @Test("a new link asks for every wanted channel again, and confirms each anew")
    func resubscription() throws {
        var state = SubscriptionState()
        #expect(state.subscribe("a") == nil && state.subscribe("b") == nil && state.subscribe("c") == nil)
        #expect(state.unsubscribe("c") == nil)
        for _ in 0..<3 {
            let commands = state.linkUp()
            #expect(commands.count == 1)
            #expect(words(commands.first)?.first == "SUBSCRIBE")
            #expect(words(commands.first)?.dropFirst().sorted() == ["a", "b"])
            #expect(!state.isConfirmed("a"))
            #expect(try state.receive(answer("subscribe", "a")) == .confirmed(channel: "a"))
            #expect(state.isConfirmed("a") && !state.isConfirmed("b"))
            state.linkDown()
            #expect(!state.isConfirmed("a"))
        }
    }

    @Test("answers that the last link still owed don't count on the next one")
    func owedAnswers() throws {
        var state = connected()
        _ = state.subscribe("a")
        _ = state.unsubscribe("a")
        _ = state.subscribe("a")
        state.linkDown()
        #expect(state.linkUp().count == 1)
        #expect(try state.receive(answer("subscribe", "a")) == .confirmed(channel: "a"))
    }

    @Test("a channel left while the link is down is not asked for again")
    func leftWhileDown() {
        var state = connected()
        _ = state.subscribe("a")
        state.linkDown()
        #expect(state.unsubscribe("a") == nil)
        #expect(state.linkUp().isEmpty)
    }

    @Test("thousands of channels come back in few commands, none forgotten")
    func manyChannels() {
        var state = SubscriptionState()
        let names = (0..<2000).map { "channel \($0)" }
        for name in names { _ = state.subscribe(name) }
        let commands = state.linkUp().compactMap { words($0) }
        #expect(commands.count == 4)
        #expect(commands.flatMap { $0.dropFirst() }.sorted() == names.sorted())
    }

    @Test("PONG is told; an error, and what no subscribed link gets, is thrown")
    func others() throws {
        var state = connected()
        #expect(try state.receive(.array([bulk("pong"), bulk("")])) == .pong)
        let refusal = RESPValue.error(Array("NOPERM no".utf8)[...])
        #expect(throws: RedisError.reply("NOPERM no")) { _ = try state.receive(refusal) }
        for junk: RESPValue in [
            .integer(1), .array([]), .array([.integer(1), .integer(2)]), .array([bulk("what"), bulk("ever")]),
            .array([bulk("message"), bulk("a")]), .array([bulk("message"), bulk("a"), .nullBulkString]), .nullArray,
        ] {
            #expect(throws: RedisError.self) { _ = try state.receive(junk) }
        }
    }
}
