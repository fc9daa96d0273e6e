/// A response with its whole body: RFC 9112 §4.
public struct HTTPResponse: Sendable, Hashable {
    /// The status.
    public var status: HTTPStatus
    /// The fields, without Content-Length and Connection, which ``encoded(forHead:)`` sets itself.
    public var headers: HTTPHeaders
    /// The body.
    public var body: [UInt8]
    /// Whether the connection stays open for another request.
    public var keepsAlive: Bool

    public init(
        status: HTTPStatus,
        headers: HTTPHeaders = HTTPHeaders(),
        body: [UInt8] = [],
        keepsAlive: Bool = true
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.keepsAlive = keepsAlive
    }

    /// A response of plain text: the words and a line feed.
    public init(status: HTTPStatus, text: String, keepsAlive: Bool = true) {
        self.init(
            status: status,
            headers: ["Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"],
            body: Array(text.utf8) + [0x0A],
            keepsAlive: keepsAlive
        )
    }

    /// What may be done with a resource: the answer to OPTIONS (RFC 9110 §9.3.7).
    ///
    /// - Parameter methods: the methods that it knows besides OPTIONS.
    public static func options(_ methods: String...) -> HTTPResponse { options(allowed: methods + ["OPTIONS"]) }

    /// The same.
    ///
    /// - Parameter methods: the methods that it knows, as a ``Router`` gives them.
    public static func options(allowed methods: [String]) -> HTTPResponse {
        HTTPResponse(status: .noContent, headers: ["Allow": methods.joined(separator: ", ")])
    }

    /// A resource that is there, but doesn't know the method: 405 (RFC 9110 §15.5.6).
    ///
    /// - Parameter methods: the methods that it knows, as a ``Router`` gives them.
    public static func methodNotAllowed(allowed methods: [String]) -> HTTPResponse {
        let methods = methods.joined(separator: ", ")
        var response = HTTPResponse(status: .methodNotAllowed, text: "What is allowed here: \(methods).")
        response.headers.append("Allow", methods)
        return response
    }

    /// The response's bytes.
    ///
    /// Nothing that comes from a peer can break out of its field: names that are no tokens are left out, control
    /// characters in values (CR and LF above all) become spaces. Content-Length is always there, except where RFC 9110
    /// §8.6 forbids it (1xx, 204) and for 304.
    ///
    /// - Parameters:
    ///   - forHead: whether this answers a HEAD request, whose response has no body but its length.
    ///   - date: the value of Date, which a server that has a clock must send (RFC 9110 §6.6.1); nil for none.
    public func encoded(forHead: Bool = false, date: String? = nil) -> [UInt8] {
        var bytes = encodedHead(.length(body.count), date: date, capacity: forHead ? 0 : body.count)
        if status.allowsBody, !forHead { bytes.append(contentsOf: body) }
        return bytes
    }

    /// How the end of a body is found by who reads it: RFC 9112 §6.
    enum Framing {
        case length(Int)
        case chunked
        /// The connection ends behind it: all that HTTP/1.0 knows for a body of unknown length.
        case untilClose
    }

    /// The head's bytes, with the empty line.
    ///
    /// - Parameter capacity: how many bytes will be appended.
    func encodedHead(_ framing: Framing, date: String?, capacity: Int = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + capacity)
        bytes.append(contentsOf: "HTTP/1.1 \(status.rawValue) \(status.reasonPhrase)\r\n".utf8)
        var fields = HTTPHeaders()
        if let date, headers.first("Date") == nil { fields.append("Date", date) }
        for field in headers.fields where !Self.isOurs(field.name) { fields.append(field.name, field.value) }
        if status.allowsBody {
            switch framing {
            case .length(let count): fields.append("Content-Length", String(count))
            case .chunked: fields.append("Transfer-Encoding", "chunked")
            case .untilClose: break
            }
        }
        fields.append("Connection", connection)
        fields.write(to: &bytes)
        bytes.append(contentsOf: "\r\n".utf8)
        return bytes
    }

    /// RFC 9110 §7.8: whoever sends Upgrade names it in Connection.
    private var connection: String {
        let persistence = keepsAlive ? "keep-alive" : "close"
        guard headers.first("Upgrade") != nil else { return persistence }
        return status == .switchingProtocols ? "Upgrade" : "Upgrade, " + persistence
    }

    private static func isOurs(_ name: String) -> Bool {
        ["Content-Length", "Connection", "Transfer-Encoding"].contains { HTTPSyntax.equalIgnoringCase($0, name) }
    }
}
