import Testing

@testable import RESP

struct ChannelReadersTests {
    @Test("a channel has those who read it, and is unread when the last of them has gone")
    func readers() {
        var readers = ChannelReaders()
        readers.add(1, channels: ["a", "b"])
        readers.add(2, channels: ["b", "c"])
        #expect(readers.readers(of: "a") == [1] && readers.readers(of: "b") == [1, 2])
        #expect(readers.readers(of: "d").isEmpty)
        #expect(readers.remove(1) == ["a"])
        #expect(readers.readers(of: "b") == [2] && readers.readers(of: "a").isEmpty)
        #expect(readers.remove(1).isEmpty)
        #expect(Set(readers.remove(2)) == ["b", "c"])
    }

    @Test("ten thousand readers of a channel each, and one of all: a message is looked at by two")
    func linear() {
        var readers = ChannelReaders()
        let all = (0..<10_000).map { "channel \($0)" }
        for (id, channel) in all.enumerated() { readers.add(UInt64(id), channels: [channel]) }
        readers.add(10_000, channels: Set(all))
        #expect(all.reduce(0) { $0 + readers.readers(of: $1).count } == 20_000)
        #expect(readers.remove(10_000).isEmpty)
        #expect((0..<10_000).reduce(0) { $0 + readers.remove(UInt64($1)).count } == 10_000)
    }
}
