public import Transport

/// One request and its answer, on the loop of their connection.
public final class HTTPExchange {
    /// What is done with the request's body.
    enum Input {
        /// Nobody has asked for it: what comes waits in the system's buffers, and then with the peer.
        case untouched
        /// The handler waits for the next part.
        case awaited((Result<[UInt8]?, HTTPExchangeError>) -> Void)
        /// It is read away; so many bytes were.
        case dropped(Int)
        /// It was read to its end, or there was none.
        case complete
    }

    enum Output {
        /// There is no answer yet.
        case none
        /// It is known, and waits for the end of the body.
        case ready(HTTPAnswer)
        case streaming(HTTPResponseStream, keepsAlive: Bool)
        case over
    }

    public let request: HTTPRequest
    var input: Input
    var output = Output.none
    /// Whether anything of the body was looked for, and with that asked for by `100 Continue`.
    var hasBodyBegun = false
    /// How many bytes of the body have come.
    private(set) var bodyCount = 0
    private weak var connection: HTTPConnection?
    private let server: HTTPServerLoop
    private var task: Task<Void, Never>?

    init(_ request: HTTPRequest, connection: HTTPConnection, server: HTTPServerLoop) {
        (self.request, self.connection, self.server) = (request, connection, server)
        input = request.bodyLength == .none ? .complete : .untouched
    }

    /// Whether an answer is still wanted.
    public var isOpen: Bool { if case .none = output { true } else { false } }

    /// The address of the peer; nil when the connection has ended.
    public var remoteAddress: SocketAddress? { connection?.remoteAddress }

    // MARK: For the handler

    /// Asks for the next part of the body, which may be any number of bytes; nil at its end. Nothing is read from the peer
    /// but what is asked for. One part is asked for at a time, and none once there is an answer.
    ///
    /// - Parameter done: called once, on the loop, perhaps before this returns.
    public func read(on loop: isolated EventLoop, _ done: @escaping (Result<[UInt8]?, HTTPExchangeError>) -> Void) {
        guard isOpen else { return done(.failure(.ended)) }
        switch input {
        case .untouched:
            input = .awaited(done)
            connection?.advance(on: loop)
        case .complete: done(.success(nil))
        case .awaited, .dropped: preconditionFailure("one part of a body is asked for at a time")
        }
    }

    /// Gives the answer. One that comes too late, or second, is dropped.
    public func answer(_ answer: HTTPAnswer, on loop: isolated EventLoop) {
        guard isOpen else { return }
        if case .later(let start) = answer { return start(self, loop) }
        output = .ready(answer)
        if case .awaited(let done) = input {
            input = .untouched
            done(.failure(.ended))
        }
        connection?.advance(on: loop)
    }

    // MARK: For the connection

    /// Takes bytes of the body, which are somebody's who waits for them, or nobody's.
    func take(_ bytes: UnsafeMutableRawBufferPointer) {
        bodyCount += bytes.count
        switch input {
        case .dropped(let count): input = .dropped(count + bytes.count)
        case .awaited(let done):
            input = .untouched
            done(.success(Array(bytes)))
        case .untouched, .complete: break
        }
    }

    /// Takes the end of the body.
    func takeEnd() {
        let last = input
        input = .complete
        if case .awaited(let done) = last { done(.success(nil)) }
    }

    /// The exchange is over, for better or worse.
    func end(_ error: HTTPExchangeError, on loop: isolated EventLoop) {
        let (reader, last) = (input, output)
        (input, output) = (.complete, .over)
        task?.cancel()
        task = nil
        if case .awaited(let done) = reader { done(.failure(error)) }
        if case .streaming(let stream, _) = last { stream.ended(on: loop) }
    }

    // MARK: Tasks

    func run(on loop: isolated EventLoop, _ body: @escaping @Sendable (HTTPRequestBody) async throws -> HTTPAnswer) {
        let box = LoopBound(self, on: loop)
        task = server.startTask(on: loop) {
            let answer: HTTPAnswer
            do {
                answer = try await body(HTTPRequestBody(exchange: box))
            } catch {
                answer = .response(HTTPResponse(status: .internalServerError, text: "Something went wrong."))
            }
            box.loop.submit { loop in box.open(on: loop).answer(answer, on: loop) }
        }
        if task == nil { answer(.response(.refusal(.serviceUnavailable, "This server is busy.")), on: loop) }
    }
}

/// Why an exchange ends before its time.
public enum HTTPExchangeError: Error, Sendable, Hashable {
    /// The connection has ended, the answer is given already, or its time is over.
    case ended
    /// The rest of the request is malformed, over a limit, or doesn't come; the peer is told.
    case request(HTTPError)
}
