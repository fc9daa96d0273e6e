/// What a server answers to a request, and whom it lets in.
func checkAnswers(to request: HTTPRequest, _ head: [UInt8]) {
    guard let reference = HTTPReference(head) else { fatalError("a request that is none: \(request)") }
    demand(OriginPolicy.any.allows(request), "a page from anywhere is from elsewhere")
    let listed = OriginPolicy(allowing: ["null", "https://a.b"])
    demand(listed?.allows(request) == reference.isListed, "the list of origins isn't kept to")
    var ready = PerMessageDeflate.Options()
    checkHandshake(request, reference, nil)
    checkHandshake(request, reference, ready)
    (ready.windowBits, ready.allowsClientContextTakeover) = (10, true)
    checkHandshake(request, reference, ready)
    // A server that repeats what it was told must not be led to say more.
    var echo = HTTPResponse(status: .ok, headers: request.headers, body: head)
    for item in request.queryItems { echo.headers.append(item.name, item.value) }
    echo.headers.append(request.path, request.path)
    checkAnswer(echo)
    checkRoute(of: request)
    checkClient(path: request.path, item: request.queryItems.first?.value ?? request.path)
}

private func checkHandshake(
    _ request: HTTPRequest, _ reference: HTTPReference, _ options: PerMessageDeflate.Options?
) {
    switch Handshake.answer(to: request, subprotocols: ["chat", "echo"], compression: options) {
    case .rejected(let response):
        demand(!reference.isHandshake, "a good handshake was refused")
        checkAnswer(response)
    case .accepted(let response, let subprotocol, let compression):
        demand(reference.isHandshake, "a bad handshake was accepted")
        demand(subprotocol.map { ["chat", "echo"].contains($0) } != false, "a subprotocol nobody speaks")
        demand(options.map { reference.agrees(to: compression, $0) } ?? (compression == nil), "a bad compression")
        let heads = response.withUnsafeBytes { responses($0, .init(), .none) }
        demand(heads.heads.count == 1 && heads.ends == [response.count], "the answer isn't one head")
        let headers = heads.heads[0].headers
        let count = 3 + (subprotocol == nil ? 0 : 1) + (compression == nil ? 0 : 1)
        demand(headers.fields.count == count, "a field was slipped in")
        demand(headers.first("Sec-WebSocket-Extensions") == compression?.answer, "another compression")
        demand(headers.first("Sec-WebSocket-Protocol") == subprotocol, "another subprotocol")
    }
}

/// A response as a client reads it: one head of the fields it has, and its body.
func checkAnswer(_ response: HTTPResponse) {
    let ours = ["content-length", "connection", "transfer-encoding"]
    let names = response.headers.fields.map(\.name)
    let kept = names.filter { HTTPReference.isToken($0[...]) && !ours.contains($0.lowercased()) }
    for forHead in [false, true] {
        let bytes = response.encoded(forHead: forHead)
        let large = HTTPLimits(line: .max, head: .max, fields: .max)
        var parser = HTTPResponseHeadParser(limits: large)
        var copy = bytes
        copy.withUnsafeMutableBytes { buffer in
            var rest = buffer
            guard let head = try? parser.next(from: &rest) else { fatalError("the answer is no HTTP") }
            demand(head.status == response.status, "another status")
            demand(head.headers.fields.map(\.name) == kept + ["Content-Length", "Connection"], "other fields")
            demand(head.headers.values("Content-Length") == [String(response.body.count)], "another length")
            demand(rest.elementsEqual(forHead ? [] : response.body), "another body")
            let text = Array(bytes.prefix(bytes.count - rest.count))
            demand(HTTPReference.lines(text)?.count == kept.count + 5, "a line was slipped in")
        }
    }
}

/// The segments of a path are the path, and every route's parameters are some of them.
private func checkRoute(of request: HTTPRequest) {
    let segments = request.pathSegments
    if request.path.first == "/" { demand("/" + segments.joined(separator: "/") == request.path, "another path") }
    let router = Router<Int>([.init("GET", "/:a", 1), .init("GET", "/:a/:b", 2), .init("GET", "/*", 3)])
    switch router.match(request) {
    case .found(let count, let parameters):
        demand(request.method == "GET" || request.method == "HEAD", "a method without a route")
        if count == 3 { return demand(parameters.rest == segments, "other segments") }
        demand(segments.count == count && parameters["a"] == segments[0], "other parameters")
    case .methodNotAllowed(let allowed), .options(let allowed): demand(allowed == ["GET", "HEAD", "OPTIONS"], "Allow")
    case .notFound: demand(segments.isEmpty || request.target == "*", "no route")
    }
}

/// What is written in chunks is read as it was.
func checkChunks(_ input: UnsafeRawBufferPointer) {
    var bytes: [UInt8] = []
    Cuts.random.feed(input) { chunk, _ in
        bytes += HTTPChunk.start(chunk.count) + chunk + HTTPChunk.end
        return true
    }
    bytes += HTTPChunk.last
    var decoder = HTTPChunkedDecoder()
    var (content, isOver) = ([UInt8](), false)
    bytes.withUnsafeMutableBytes { buffer in
        var rest = buffer
        while !isOver, let part = try? decoder.next(from: &rest) {
            if case .bytes(let some) = part { content += some } else { isOver = true }
        }
        demand(isOver && rest.isEmpty && content.elementsEqual(input), "the chunks are others")
    }
}

/// Whatever a client is told to ask for, it asks one thing, and what a server answers to it satisfies it.
func checkClient(path: String, item: String) {
    var client = ClientHandshake(
        host: item, target: "/" + path, nonce: (1, 2), origin: path, subprotocols: ["echo"],
        headers: ["X": item, item: path])
    let count = 8 + (HTTPReference.isToken(item[...]) ? 1 : 0)
    demand(HTTPReference.lines(client.request)?.count == count + 3, "a line was slipped in")
    client = ClientHandshake(host: "h", target: "/" + path, nonce: (1, 2), subprotocols: ["echo"], headers: ["X": item])
    let large = HTTPLimits(line: .max, head: .max, fields: .max)
    let asked = client.request.withUnsafeBytes { requests($0, large, .none) }
    guard let request = asked.heads.first?.request else { return }
    guard case .accepted(var response, "echo", nil) = Handshake.answer(to: request, subprotocols: ["echo"]) else {
        fatalError("our own client is refused: \(request)")
    }
    response.withUnsafeMutableBytes { buffer in
        var rest = buffer
        demand((try? client.next(from: &rest))?.subprotocol == "echo", "our own client refuses the answer")
    }
}

extension HTTPReference {
    /// Whether this is what a server with these options agrees to.
    fileprivate func agrees(to agreed: PerMessageDeflate?, _ options: PerMessageDeflate.Options) -> Bool {
        guard let offer = extensionOffers?.first(where: \.isDeflate) else { return agreed == nil }
        guard let agreed else { return false }
        let asked = offer.value("server_max_window_bits").flatMap { $0 }.flatMap { Int($0) }
        let told = offer.value("client_max_window_bits").flatMap { $0 }.flatMap { Int($0) }
        let takesOver = options.allowsClientContextTakeover && offer.value("client_no_context_takeover") == nil
        var answer = "permessage-deflate; server_no_context_takeover"
        if !takesOver { answer += "; client_no_context_takeover" }
        let bits = min(asked ?? 15, options.windowBits)
        if asked != nil || bits < 15 { answer += "; server_max_window_bits=\(bits)" }
        if let told { answer += "; client_max_window_bits=\(told)" }
        return agreed.answer == answer && agreed.serverWindowBits == bits && agreed.clientWindowBits == told ?? 15
            && agreed.clientTakesContextOver == takesOver
    }
}
