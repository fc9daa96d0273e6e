/// The client's side of the opening handshake: RFC 6455 §4.1.
public struct ClientHandshake: Sendable {
    /// What the server agreed to.
    public struct Acceptance: Sendable, Hashable {
        /// The subprotocol it chose among those offered.
        public let subprotocol: String?
        /// The value of Sec-WebSocket-Extensions; only ever there if extensions were offered.
        public let extensions: String?
        /// The whole head of its answer.
        public let response: HTTPResponseHead
    }

    /// The request's bytes.
    public let request: [UInt8]
    private let key: String
    private let subprotocols: [String]
    private let offersExtensions: Bool
    private var parser: HTTPResponseHeadParser

    /// - Parameters:
    ///   - host: the value of Host: a name or address, and the port unless it is the scheme's default.
    ///   - target: path and query, percent-encoded; what isn't visible ASCII is encoded here.
    ///   - nonce: 16 random bytes, drawn afresh for each connection; `random(in:)` of a number is good enough.
    ///   - origin: for a client that stands in for a page.
    ///   - subprotocols: what the client speaks, the one it likes best first.
    ///   - extensions: the value of Sec-WebSocket-Extensions.
    ///   - headers: further fields, cookies for instance.
    ///   - limits: what the server's answer may cost.
    public init(
        host: String,
        target: String = "/",
        nonce: (UInt64, UInt64),
        origin: String? = nil,
        subprotocols: [String] = [],
        extensions: String? = nil,
        headers: HTTPHeaders = HTTPHeaders(),
        limits: HTTPLimits = HTTPLimits()
    ) {
        let key = Base64.encode(withUnsafeBytes(of: nonce) { Array($0) })
        var fields: HTTPHeaders = [
            "Host": host, "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": Handshake.version,
        ]
        if let origin { fields.append("Origin", origin) }
        if !subprotocols.isEmpty { fields.append("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")) }
        if let extensions { fields.append("Sec-WebSocket-Extensions", extensions) }
        for field in headers.fields { fields.append(field.name, field.value) }
        var bytes = Array("GET ".utf8) + PercentEncoding.visible(target) + Array(" HTTP/1.1\r\n".utf8)
        fields.write(to: &bytes)
        bytes.append(contentsOf: "\r\n".utf8)
        request = bytes
        self.key = key
        self.subprotocols = subprotocols
        offersExtensions = extensions != nil
        parser = HTTPResponseHeadParser(limits: limits)
    }

    /// Takes the server's answer off the front of `input`, and none of the frames that follow it.
    ///
    /// - Returns: nil once `input` is used up.
    /// - Throws: ``HandshakeError``: close the connection.
    public mutating func next(
        from input: inout UnsafeMutableRawBufferPointer
    ) throws(HandshakeError) -> Acceptance? {
        let head: HTTPResponseHead?
        do throws(HTTPError) {
            head = try parser.next(from: &input)
        } catch {
            throw .malformedResponse(error)
        }
        guard let head else { return nil }
        return try check(head)
    }

    private func check(_ head: HTTPResponseHead) throws(HandshakeError) -> Acceptance {
        guard head.status == .switchingProtocols else { throw .refused(head) }
        let upgrades = head.headers.values("Upgrade")
        guard head.version >= .http11, upgrades.count == 1,
            HTTPSyntax.equalIgnoringCase(upgrades[0], "websocket"),
            head.headers.contains("upgrade", in: "Connection")
        else { throw .notUpgraded }
        guard head.headers.values("Sec-WebSocket-Accept") == [Handshake.acceptValue(forKey: key)] else {
            throw .wrongAccept
        }
        let chosen = head.headers.values("Sec-WebSocket-Protocol")
        guard chosen.count <= 1, chosen.allSatisfy(subprotocols.contains) else { throw .unexpectedSubprotocol }
        let extensions = head.headers.elements("Sec-WebSocket-Extensions")
        guard offersExtensions || extensions.isEmpty else { throw .unexpectedExtension }
        return Acceptance(
            subprotocol: chosen.first,
            extensions: extensions.isEmpty ? nil : extensions.joined(separator: ", "),
            response: head
        )
    }
}
