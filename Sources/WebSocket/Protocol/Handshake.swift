/// The server's side of the opening handshake: RFC 6455 §4.2.
public enum Handshake {
    /// The server's answer.
    public enum Answer: Sendable, Hashable {
        /// Send the response; what follows is frames.
        case accepted(response: [UInt8], subprotocol: String?, compression: PerMessageDeflate?)
        /// Send the response; the connection ends, or stays HTTP if the response keeps it alive.
        case rejected(HTTPResponse)
    }

    /// The version of the protocol.
    static let version = "13"

    /// Whether a request wants to become a WebSocket, well-formed or not.
    public static func isRequested(by request: HTTPRequest) -> Bool {
        request.headers.contains("websocket", in: "Upgrade")
    }

    /// Checks a request against RFC 6455 §4.2.1 and answers it.
    ///
    /// - Parameters:
    ///   - request: the request; its path is the caller's business.
    ///   - origins: which pages may connect; others get 403.
    ///   - subprotocols: what this server speaks. The first of the client's offers among them is chosen, if any.
    ///   - compression: what permessage-deflate may be negotiated to; nil declines every offer.
    ///   - date: the value of Date in the response; nil for none.
    public static func answer(
        to request: HTTPRequest,
        origins: OriginPolicy = .sameOrigin,
        subprotocols: [String] = [],
        compression: PerMessageDeflate.Options? = nil,
        date: String? = nil
    ) -> Answer {
        // First of all: a page can't see what a handshake was answered, but may ask by another method, and learns why.
        guard origins.allows(request) else {
            return .rejected(refusal(.forbidden, "Pages of this origin may not connect."))
        }
        if let rejection = rejection(of: request) { return .rejected(rejection) }
        guard let key = key(of: request) else {
            return .rejected(refusal(.badRequest, "Exactly one Sec-WebSocket-Key of 16 bytes in base64 is needed."))
        }
        let offers = request.headers.elements("Sec-WebSocket-Protocol")
        guard offers.allSatisfy({ HTTPSyntax.isToken($0.utf8) }), Set(offers).count == offers.count else {
            return .rejected(refusal(.badRequest, "Sec-WebSocket-Protocol is malformed."))
        }
        guard let extensions = ExtensionOffer.all(in: request.headers) else {
            return .rejected(refusal(.badRequest, "Sec-WebSocket-Extensions is malformed."))
        }
        let agreed = compression.flatMap { PerMessageDeflate.negotiate(extensions, $0) }
        let subprotocol = offers.first(where: subprotocols.contains)
        var headers: HTTPHeaders = ["Upgrade": "websocket", "Sec-WebSocket-Accept": acceptValue(forKey: key)]
        if let subprotocol { headers.append("Sec-WebSocket-Protocol", subprotocol) }
        if let agreed { headers.append("Sec-WebSocket-Extensions", agreed.answer) }
        let response = HTTPResponse(status: .switchingProtocols, headers: headers)
        return .accepted(response: response.encoded(date: date), subprotocol: subprotocol, compression: agreed)
    }

    /// The value of Sec-WebSocket-Accept that proves the server has read this key (§4.2.2).
    static func acceptValue(forKey key: String) -> String {
        Base64.encode(SHA1.digest(of: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    private static func rejection(of request: HTTPRequest) -> HTTPResponse? {
        guard request.method == "GET" else {
            return refusal(.methodNotAllowed, "A WebSocket is opened with GET.", ["Allow": "GET"])
        }
        guard request.version >= .http11, request.host != nil else {
            return refusal(.badRequest, "A WebSocket is opened with HTTP/1.1.")
        }
        guard isRequested(by: request), request.headers.contains("upgrade", in: "Connection") else {
            return upgradeRequired("This is a WebSocket: Upgrade and Connection headers are needed.")
        }
        let versions = request.headers.values("Sec-WebSocket-Version")
        guard versions.count <= 1 else { return refusal(.badRequest, "One Sec-WebSocket-Version is needed.") }
        guard versions == [version] else { return upgradeRequired("This server speaks WebSocket version 13.") }
        return nil
    }

    private static func key(of request: HTTPRequest) -> String? {
        let keys = request.headers.values("Sec-WebSocket-Key")
        guard keys.count == 1, Base64.isSixteenBytes(keys[0]) else { return nil }
        return keys[0]
    }

    private static func upgradeRequired(_ text: String) -> HTTPResponse {
        // RFC 9110 §15.5.22: 426 names the protocol; RFC 6455 §4.4: and its version.
        refusal(.upgradeRequired, text, ["Upgrade": "websocket", "Sec-WebSocket-Version": version])
    }

    private static func refusal(
        _ status: HTTPStatus,
        _ text: String,
        _ fields: HTTPHeaders = [:]
    ) -> HTTPResponse {
        var response = HTTPResponse(status: status, text: text, keepsAlive: false)
        for field in fields.fields { response.headers.append(field.name, field.value) }
        return response
    }
}
