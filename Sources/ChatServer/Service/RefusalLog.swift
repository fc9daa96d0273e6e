import Rooms
import Transport
import WebSocket

/// Tells the operator why requests are refused, and what to set if they shouldn't be: each reason once a minute at most.
final class RefusalLog: Sendable {
    private let unknownHosts = Locked(
        OccasionalWarning("requests under a name that is not this server's", verb: "refused"))
    private let foreignOrigins = Locked(OccasionalWarning("WebSockets of pages from elsewhere", verb: "refused"))

    /// - Returns: the answer that the client gets.
    func refused(
        _ request: HTTPRequest, for reason: HTTPRefusal, with response: HTTPResponse, at now: ContinuousClock.Instant
    ) -> HTTPResponse {
        switch reason {
        case .unknownHost:
            let name = VisibleText.quoted(request.host?.host ?? "")
            let remedy = "--hosts (or ALLOWED_HOSTS) lets it in: --hosts \(name.dropFirst().dropLast())"
            unknownHosts.withLock { $0.count(at: now, "\(name); if it is, \(remedy)") }
            return HTTPResponse(
                status: response.status,
                text: "This server does not answer to the name \(name). If it should, \(remedy)",
                keepsAlive: false)
        case .foreignOrigin:
            foreignOrigins.withLock { $0.count(at: now, Self.comparison(in: request)) }
            return response
        }
    }

    private static func comparison(in request: HTTPRequest) -> String {
        let origins = request.headers.values("Origin").map { VisibleText.quoted($0) }.joined(separator: ", ")
        let host = VisibleText.quoted(request.host.map { "\($0)" } ?? "")
        return "Origin \(origins) was compared with Host \(host); a proxy must pass on the Host that the browser sent "
            + "(nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On), or --origins must list the origin"
    }
}
