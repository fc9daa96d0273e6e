import TestSupport
import Transport

@testable import RESP

/// Runs `body` with a client of the server at `url`, and closes it afterwards.
func withClient<Value>(
    _ url: String, adjust: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisClient) async throws -> Value
) async throws -> Value {
    var configuration = try RedisConfiguration(url: url)
    adjust(&configuration)
    let client = RedisClient(configuration, on: TestLoops.next())
    do {
        let value = try await body(client)
        await client.close()
        return value
    } catch {
        await client.close()
        throw error
    }
}

/// It doesn't connect, and says why.
func hasNoConnection(_ client: RedisClient, for reason: String) async throws {
    try await eventually("\(reason) is why there is no connection") {
        do throws(RedisError) {
            _ = try await client.connection(within: .milliseconds(100))
            return false
        } catch {
            return error.description.contains(reason)
        }
    }
}

/// What a task made of a call that is to fail.
func failure<Value: Sendable>(of task: Task<Value, any Error>) async throws -> RedisError? {
    do {
        _ = try await within(.seconds(20), "the call ends") { try await task.value }
        return nil
    } catch let error as RedisError {
        return error
    }
}

/// A server that says what it is told to, for what a real Redis can't be brought to do.
final class FakeRedis: Sendable {
    typealias Reaction = @Sendable ([UInt8], TCPConnection, isolated EventLoop) -> Void

    final class Core {
        var listener: Listener?
    }

    private final class Handler: TCPConnectionHandler {
        let reaction: Reaction
        init(_ reaction: @escaping Reaction) { self.reaction = reaction }
        func connection(
            _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
        ) {
            reaction(Array(bytes), connection, loop)
        }
        func connectionClosed(
            _ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop
        ) {}
    }

    private let loop = TestLoops.next()
    private let core: LoopBound<Core>
    /// One for each connection that was made.
    let connections = Recorder<ContinuousClock.Instant>()
    let port: UInt16

    var url: String { "redis://127.0.0.1:\(port)" }

    /// - Parameters:
    ///   - greeting: said to every connection at once; nil closes it instead.
    ///   - reaction: called with each chunk.
    init(greeting: String? = "", reaction: @escaping Reaction = { _, _, _ in }) async throws {
        let connections = connections
        (core, port) = try await loop.run { loop in
            let core = LoopBound(Core(), on: loop)
            let listener = try Listener(on: .loopback(port: 0), loop: loop) { incoming, loop in
                connections.record(.now)
                guard let greeting else { return incoming.refuse() }
                let connection = try? incoming.open(handler: Handler(reaction), on: loop)
                connection?.send(SharedBytes(greeting.utf8), on: loop)
            }
            core.open(on: loop).listener = listener
            return (core, listener.localAddress.port)
        }
    }

    deinit { loop.submit { [core] loop in core.open(on: loop).listener?.close(on: loop) } }
}
