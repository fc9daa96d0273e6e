import HTTP
import TestSupport
import Transport

/// Answers as a test tells it to.
struct TestHTTPHandler: HTTPHandler {
    var bodyLimit: Int?
    var onRequest: @Sendable (HTTPRequest) -> HTTPAnswer

    init(bodyLimit: Int? = nil, _ onRequest: @escaping @Sendable (HTTPRequest) -> HTTPAnswer) {
        (self.bodyLimit, self.onRequest) = (bodyLimit, onRequest)
    }

    func respond(to request: HTTPRequest, on loop: isolated EventLoop) -> HTTPAnswer { onRequest(request) }
    func bodyLimit(for request: HTTPRequest, on loop: isolated EventLoop) -> Int? { bodyLimit }
}

/// A server on the tests' shared loops, at a port of its own.
struct TestHTTPServer: Sendable {
    let server: HTTPServer
    let address: SocketAddress

    /// Runs `body` with a server, and shuts it down behind it.
    static func run(
        _ configuration: HTTPConfiguration = HTTPConfiguration(), _ handler: TestHTTPHandler,
        _ body: @Sendable (TestHTTPServer) async throws -> Void
    ) async throws {
        var configuration = configuration
        // On a busy machine a test may lose more than the usual time between two of its steps.
        if configuration.requestTimeout == HTTPConfiguration().requestTimeout {
            configuration.requestTimeout = .seconds(300)
        }
        let server = HTTPServer(configuration, handler: handler, on: TestLoops.group())
        let address = try await server.listen(on: .loopback(port: 0))
        do {
            try await body(TestHTTPServer(server: server, address: address))
        } catch {
            await server.shutDown()
            throw error
        }
        try await within(.seconds(20), "the server shuts down") { await server.shutDown() }
    }

    func peer(receiveBuffer: Int32? = nil) async throws -> RawPeer {
        try await RawPeer.connect(to: address, receiveBuffer: receiveBuffer, on: server.group.next())
    }

    /// Everything that is answered to `text`, sent at once, up to the end of the connection.
    func answer(_ text: String) async throws -> String {
        let peer = try await peer()
        await peer.send(text)
        return try await peer.receiveTextToEnd()
    }
}

/// A request's head, and what stands behind it.
func message(_ line: String, _ fields: String..., body: String = "") -> String {
    ([line, "Host: localhost"] + fields).map { $0 + "\r\n" }.joined() + "\r\n" + body
}

extension String {
    /// How often `part` occurs.
    func occurrences(of part: String) -> Int { ranges(of: part).count }
    /// What stands behind the first head.
    var behindHead: String { split(separator: "\r\n\r\n", maxSplits: 1).dropFirst().first.map(String.init) ?? "" }
}

extension Sequence {
    /// One after the other.
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
