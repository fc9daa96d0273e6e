import Transport

/// Counts connections, in all and by address, and says when there is no room for one more.
final class AdmissionDesk: Sendable {
    private struct Counts {
        var all = 0
        var byAddress: [[UInt8]: Int] = [:]
    }

    private let counts = Locked(Counts())
    private let maximum: Int
    private let maximumPerAddress: Int?

    init(maximum: Int, maximumPerAddress: Int?) {
        self.maximum = maximum
        self.maximumPerAddress = maximumPerAddress
    }

    var openCount: Int { counts.withLock { $0.all } }

    /// Counts a connection in. The response is what it gets when it is one too many.
    func admit(_ address: SocketAddress) -> (Admission, refusal: HTTPResponse?) {
        let refusal = counts.withLock { counts -> HTTPStatus? in
            counts.all += 1
            if counts.all > maximum { return .serviceUnavailable }
            guard let maximumPerAddress else { return nil }
            counts.byAddress[address.bytes, default: 0] += 1
            return counts.byAddress[address.bytes, default: 0] > maximumPerAddress ? .tooManyRequests : nil
        }
        let admission = Admission(desk: self, address: address.bytes)
        switch refusal {
        case nil: return (admission, nil)
        case .tooManyRequests?:
            return (admission, .refusal(.tooManyRequests, "There are too many connections from your address."))
        default:
            return (admission, .refusal(.serviceUnavailable, "This server has no room for another connection."))
        }
    }

    fileprivate func end(_ address: [UInt8]) {
        counts.withLock { counts in
            counts.all -= 1
            guard maximumPerAddress != nil, let count = counts.byAddress[address] else { return }
            counts.byAddress[address] = count > 1 ? count - 1 : nil
        }
    }
}

/// One connection's place among those counted. Its owner ends it exactly once.
struct Admission {
    fileprivate let desk: AdmissionDesk
    fileprivate let address: [UInt8]

    func end() { desk.end(address) }
}

extension HTTPResponse {
    fileprivate static func refusal(_ status: HTTPStatus, _ words: String) -> HTTPResponse {
        var response = HTTPResponse(status: status, text: words, keepsAlive: false)
        response.headers.append("Retry-After", "5")
        return response
    }
}
