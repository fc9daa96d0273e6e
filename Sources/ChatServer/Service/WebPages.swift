import WebSocket

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The page and the avatars: made ready at the start, from the binary or from a folder.
struct WebPages: Sendable {
    private struct Page {
        let contentType: String
        let body: [UInt8]
    }

    private static let contentTypes = [
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
        "png": "image/png",
        "ico": "image/x-icon",
        "txt": "text/plain; charset=utf-8",
    ]

    /// Nothing but this server's own files, no script or style in the page itself, and no frame around it.
    private static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    private var pages: [String: Page] = [:]

    /// The page that is part of the binary.
    static var embedded: WebPages {
        var all = WebPages()
        for (name, bytes) in EmbeddedPage.files { all.add(name, bytes) }
        return all
    }

    private init() {}

    /// Every file of a folder, read once; not those in folders below it.
    /// - Throws: when there is no such folder, or no index.html in it.
    init(folder: String) throws {
        let manager = FileManager.default
        for name in try manager.contentsOfDirectory(atPath: folder) where !name.hasPrefix(".") {
            guard let bytes = manager.contents(atPath: folder + "/" + name) else { continue }
            add(name, Array(bytes))
        }
        if pages["/"] == nil { throw CocoaError(.fileNoSuchFile) }
    }

    private mutating func add(_ name: String, _ bytes: [UInt8]) {
        let suffix = name.split(separator: ".").last.map(String.init) ?? ""
        let page = Page(contentType: Self.contentTypes[suffix] ?? "application/octet-stream", body: bytes)
        pages["/" + name] = page
        if name == "index.html" { pages["/"] = page }
    }

    func response(to request: HTTPRequest) -> HTTPResponse? {
        if let page = pages[request.path] {
            return response(page.contentType, page.body, caching: "no-cache")
        }
        guard request.path.hasPrefix("/avatars/"), request.path.hasSuffix(".svg"),
            let drawing = AvatarDrawing.svg(seed: String(request.path.dropFirst(9).dropLast(4)))
        else { return nil }
        // The same seed is the same face for ever.
        return response("image/svg+xml", Array(drawing.utf8), caching: "public, max-age=31536000, immutable")
    }

    private func response(_ contentType: String, _ body: [UInt8], caching: String) -> HTTPResponse {
        HTTPResponse(
            status: .ok,
            headers: [
                "Content-Type": contentType,
                "Cache-Control": caching,
                "Content-Security-Policy": Self.contentSecurityPolicy,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                // A page hosted elsewhere shows these avatars too.
                "Cross-Origin-Resource-Policy": "cross-origin",
            ], body: body)
    }
}
