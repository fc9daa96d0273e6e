// Built with the protocol's own sources into one module by Scripts/fuzz.sh: SwiftPM can't link libFuzzer.

/// What a parser made of a stream.
struct Outcome<Head: Equatable, Failure: Error & Equatable>: Equatable {
    var heads: [Head] = []
    /// How much input was used up after each.
    var ends: [Int] = []
    var error: Failure?
}

/// Feeds a parser with the input until it fails. (Typed errors don't pass through closures that are generic in them.)
private func parse<Head, Failure>(
    _ input: UnsafeRawBufferPointer, _ cuts: Cuts,
    next: (inout UnsafeMutableRawBufferPointer) -> Result<Head?, Failure>
) -> Outcome<Head, Failure> {
    var outcome = Outcome<Head, Failure>()
    cuts.feed(input) { chunk, offset in
        var rest = chunk
        while true {
            switch next(&rest) {
            case .success(let head?):
                outcome.heads.append(head)
                outcome.ends.append(offset + chunk.count - rest.count)
            case .success(nil):
                demand(rest.isEmpty, "input is left")
                return true
            case .failure(let error):
                outcome.error = error
                return false
            }
        }
    }
    return outcome
}

/// A whole request, with what its body carries.
struct Received: Equatable {
    var request: HTTPRequest
    var body: [UInt8] = []
}

func requests(_ input: UnsafeRawBufferPointer, _ limits: HTTPLimits, _ cuts: Cuts)
    -> Outcome<Received, HTTPError>
{
    var parser = HTTPRequestParser(limits: limits)
    var pending: Received?
    let outcome = parse(input, cuts) { rest in
        Result { () throws(HTTPError) -> Received? in
            while let event = try parser.next(from: &rest) {
                switch event {
                case .head(let request):
                    demand(pending == nil, "a head within a request")
                    pending = Received(request: request)
                case .body(let bytes):
                    demand(pending != nil && !bytes.isEmpty, "a part of no body, or of no bytes")
                    pending?.body += bytes
                    demand(pending.map { $0.body.count <= limits.body } == true, "a body is over the limit")
                case .end:
                    defer { pending = nil }
                    demand(pending != nil, "the end of nothing")
                    return pending
                }
            }
            return nil
        }
    }
    let rest = Array(input[(outcome.ends.last ?? 0)...])
    let isUnderWay = !rest.isEmpty && rest != [13, 10]
    demand(outcome.error != nil || parser.isUnderWay == isUnderWay, "a request is under way, or isn't")
    return outcome
}

func responses(_ input: UnsafeRawBufferPointer, _ limits: HTTPLimits, _ cuts: Cuts)
    -> Outcome<HTTPResponseHead, HTTPError>
{
    var parser = HTTPResponseHeadParser(limits: limits)
    return parse(input, cuts) { rest in
        Result { () throws(HTTPError) in try parser.next(from: &rest) }
    }
}

private func acceptances(_ input: UnsafeRawBufferPointer, _ cuts: Cuts)
    -> Outcome<ClientHandshake.Acceptance, HandshakeError>
{
    var handshake = ClientHandshake(host: "h", nonce: (0, 0), subprotocols: ["chat", "echo"])
    return parse(input, cuts) { rest in
        Result { () throws(HandshakeError) in try handshake.next(from: &rest) }
    }
}

/// - Returns: the requests, with the bytes of each.
@discardableResult
private func check(_ input: UnsafeRawBufferPointer, _ limits: HTTPLimits) -> [(HTTPRequest, [UInt8])] {
    let whole = requests(input, limits, .none)
    demand(requests(input, limits, .everyByte) == whole, "requests byte by byte differ")
    demand(requests(input, limits, .random) == whole, "requests in random splits differ")
    // Each costs as much as the whole: only where that is little.
    for index in 1..<max(1, input.count) where input.count <= 120 && limits.body > 20 {
        demand(requests(input, limits, .at(index)) == whole, "requests cut at \(index) differ")
    }
    var start = 0
    let found = zip(whole.heads, whole.ends).map { received, end in
        defer { start = end }
        return (received.request, Array(input[start..<end]))
    }
    for ((request, bytes), received) in zip(found, whole.heads) {
        guard let end = firstHead(bytes) else { fatalError("a request without a head") }
        let (head, body) = (Array(bytes[..<end]), Array(bytes[end...]))
        checkSize(head, fields: request.headers.fields.count, limits)
        demand(HTTPReference(head)?.body(in: body, limits) == .whole(body.count), "another body")
        demand(HTTPReference(head)?.content(of: body) == received.body, "a body of other bytes")
        check(request, head, body)
    }
    let refused = Array(input[start...])
    if let error = whole.error {
        checkAnswer(error.response)
        check(error, refused, limits)
    } else {
        let end = firstHead(refused)
        demand((end ?? refused.count) <= limits.head, "more is kept than a head may have")
        if let end {
            let body = HTTPReference(Array(refused[..<end]))?.body(in: Array(refused[end...]), limits)
            demand(body == .partial, "a whole request was overlooked")
        }
    }

    let heads = responses(input, limits, .none)
    demand(responses(input, limits, .everyByte) == heads, "responses byte by byte differ")
    demand(responses(input, limits, .random) == heads, "responses in random splits differ")
    start = 0
    for (head, end) in zip(heads.heads, heads.ends) {
        checkSize(Array(input[start..<end]), fields: head.headers.fields.count, limits)
        start = end
    }
    return found
}

/// A fault is one: the head is bad, or over the limit that it is said to be over.
private func check(_ error: HTTPError, _ refused: [UInt8], _ limits: HTTPLimits) {
    switch error {
    case .startLineTooLong, .fieldTooLong:
        let lines = refused.split(separator: 13).map { $0.drop { $0 == 10 } }
        demand(lines.contains { $0.count > limits.line }, "no line is too long")
    case .headTooLarge: demand(refused.count > limits.head, "the head is not too large")
    case .tooManyFields: demand(refused.count { $0 == 10 } > limits.fields + 1, "there are not too many fields")
    default:
        guard let end = firstHead(refused), let reference = HTTPReference(Array(refused[..<end])) else { return }
        demand(reference.body(in: Array(refused[end...]), limits) == .bad, "\(error) for a good request")
    }
}

/// Where the first head ends, if its empty line is there.
private func firstHead(_ bytes: [UInt8]) -> Int? {
    var from = bytes.starts(with: [13, 10]) ? 2 : 0
    while from + 4 <= bytes.count {
        if bytes[from..<from + 4].elementsEqual([13, 10, 13, 10]) { return from + 4 }
        from += 1
    }
    return nil
}

private func checkSize(_ head: [UInt8], fields: Int, _ limits: HTTPLimits) {
    demand(head.count <= limits.head, "a head is over the limit")
    demand(fields <= limits.fields, "there are too many fields")
    guard let lines = HTTPReference.lines(head) else { fatalError("a control character was let through") }
    demand(lines.allSatisfy { $0.count <= limits.line }, "a line is over the limit")
}

private func check(_ request: HTTPRequest, _ head: [UInt8], _ body: [UInt8]) {
    guard let reference = HTTPReference(head) else { fatalError("a request that is none: \(request)") }
    demand(request.method == reference.method && request.target == reference.target, "another start line")
    demand(request.version.minor == reference.minor, "another version")
    demand(request.host?.host == reference.host?.host && request.host?.port == reference.host?.port, "another host")
    demand(
        request.headers.fields.elementsEqual(reference.fields) { $0.name == $1.name && $0.value == $1.value },
        "other fields")
    var again = Array("\(request.method) \(request.target) HTTP/1.\(request.version.minor)\r\n".utf8)
    request.headers.write(to: &again)
    let large = HTTPLimits(line: .max, head: .max, fields: .max, body: .max)
    let parsed = (again + [13, 10] + body).withUnsafeBytes { requests($0, large, .none) }
    demand(parsed.heads.map(\.request) == [request] && parsed.error == nil, "written again it is another request")
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    check(input, .init())
    // So small that short inputs reach them.
    check(input, .init(line: 60, head: 200, fields: 7, body: 20))
    for (request, bytes) in check(input, .init(line: .max, head: .max, fields: .max)) {
        checkAnswers(to: request, Array(bytes.prefix(firstHead(bytes) ?? 0)))
    }
    checkChunks(input)
    let whole = acceptances(input, .none)
    demand(acceptances(input, .everyByte) == whole && acceptances(input, .random) == whole, "other handshakes")
    for acceptance in whole.heads {
        let fields = acceptance.response.headers
        demand(acceptance.response.status == .switchingProtocols && acceptance.extensions == nil, "a bad answer")
        demand(fields.values("sec-websocket-accept") == ["ICX+Yqv66kxgM0FcWaLWlFLwTAI="], "no proof")
    }
    return 0
}
