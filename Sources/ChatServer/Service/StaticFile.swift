import WebSocket

/// A file that is sent as it is, with all that its answers need: made once, at the start.
struct StaticFile: Sendable {
    /// How long a copy may be used without asking.
    enum Caching: String, Sendable {
        /// Each use asks whether it is still current, which costs one answer without a body.
        case revalidate = "no-cache"
        /// Its name changes with its content: it is never asked for again.
        case forever = "public, max-age=31536000, immutable"
    }

    /// The bytes under one content coding. Each has a tag of its own: RFC 9110 §8.8.3.3.
    private struct Representation: Sendable {
        let body: [UInt8]
        let tag: EntityTag
    }

    private static let contentTypes = [
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "json": "application/json",
        "webmanifest": "application/manifest+json",
        "svg": "image/svg+xml",
        "png": "image/png",
        "ico": "image/x-icon",
        "txt": "text/plain; charset=utf-8",
    ]

    /// Types that are worth compressing; images and fonts are compressed already.
    private static let compressible: Set = ["html", "css", "js", "json", "webmanifest", "svg", "txt"]
    /// Larger files are sent as they are: each compressed copy stays in memory, and making it delays the start.
    private static let largestCompressed = 1 << 20

    private let contentType: String
    private let plain: Representation
    private let gzip: Representation?

    /// - Parameters:
    ///   - name: its end tells the type.
    ///   - isCompressed: whether a compressed copy is made as well, if the type is one for which that is worthwhile.
    init(_ name: String, _ body: [UInt8], isCompressed: Bool = true) {
        let suffix = name.split(separator: ".").last.map(String.init) ?? ""
        let digest = Self.digest(of: body)
        contentType = Self.contentTypes[suffix] ?? "application/octet-stream"
        plain = Representation(body: body, tag: EntityTag(digest))
        guard isCompressed, Self.compressible.contains(suffix), body.count <= Self.largestCompressed else {
            gzip = nil
            return
        }
        let compressed = Gzip.compress(body)
        gzip = compressed.count < body.count ? Representation(body: compressed, tag: EntityTag(digest + "-gzip")) : nil
    }

    /// A name for this content: 16 hexadecimal digits of FNV-1a, which is quick, and no defence against anybody who can
    /// write the files.
    static func digest(of body: [UInt8]) -> String {
        let hash = body.withUnsafeBytes { bytes in
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            return hash
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: digitCount - digits.count) + digits
    }

    static let digitCount = 16

    /// The answer to a GET or HEAD: the bytes in the coding that the client takes, or 304 if it has them.
    func response(to request: HTTPRequest, caching: Caching) -> HTTPResponse {
        let isGzip = gzip != nil && AcceptedCodings(request.headers).prefer("gzip")
        let chosen = isGzip ? gzip ?? plain : plain
        var headers: HTTPHeaders = ["ETag": chosen.tag.fieldValue, "Cache-Control": caching.rawValue]
        // Of whatever has two codings, the plain answer too depends on what was asked for.
        if gzip != nil { headers.append("Vary", "Accept-Encoding") }
        for (name, value) in Self.protection + (isDocument ? Self.documentProtection : []) {
            headers.append(name, value)
        }
        if request.alreadyHas(chosen.tag) { return HTTPResponse(status: .notModified, headers: headers) }
        headers.append("Content-Type", contentType)
        if isGzip { headers.append("Content-Encoding", "gzip") }
        return HTTPResponse(status: .ok, headers: headers, body: chosen.body)
    }

    /// On 304 as well: a browser keeps the fields of the answer it has, and another version of this server may have
    /// others for the same bytes.
    private static let protection = [
        ("X-Content-Type-Options", "nosniff"),
        // A page hosted elsewhere shows these avatars too.
        ("Cross-Origin-Resource-Policy", "cross-origin"),
    ]

    /// What a browser may show by itself: a policy says nothing to it about a script or a style sheet.
    private var isDocument: Bool { contentType.hasPrefix("text/html") || contentType.hasPrefix("image/svg") }

    private static let documentProtection = [
        // Nothing but this server's own files, no script or style in the page itself, and no frame around it.
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("Referrer-Policy", "no-referrer"),
    ]
}
