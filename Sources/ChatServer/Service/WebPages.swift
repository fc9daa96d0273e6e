import WebSocket

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The page and the avatars: made ready at the start, from the binary or from a folder.
struct WebPages: Sendable {
    /// By path.
    private var files: [String: StaticFile] = [:]
    /// The folder whose files are never asked for twice, as their names change with their content; nil where the
    /// page's links are not ours to write.
    private var version: String?

    /// The page that is part of the binary.
    static let embedded = WebPages(VersionedPage(EmbeddedPage.files))

    private init(_ page: VersionedPage) {
        for (name, bytes) in page.files { add(name, bytes) }
        version = page.version
    }

    /// Every file of a folder, read once; not those in folders below it.
    /// - Throws: when there is no such folder, or no index.html in it.
    init(folder: String) throws {
        let manager = FileManager.default
        for name in try manager.contentsOfDirectory(atPath: folder) where !name.hasPrefix(".") {
            guard let bytes = manager.contents(atPath: folder + "/" + name) else { continue }
            add(name, Array(bytes))
        }
        if files["/"] == nil { throw CocoaError(.fileNoSuchFile) }
    }

    private mutating func add(_ name: String, _ bytes: [UInt8]) {
        let file = StaticFile(name, bytes)
        files["/" + name] = file
        if name == "index.html" { files["/"] = file }
    }

    /// The answer to a GET or HEAD; nil for a path at which there is nothing.
    func response(to request: HTTPRequest) -> HTTPResponse? {
        if let file = files[request.path] { return file.response(to: request, caching: .revalidate) }
        if let response = versioned(request) { return response }
        guard request.path.hasPrefix("/avatars/"), request.path.hasSuffix(".svg"),
            let drawing = AvatarDrawing.svg(seed: String(request.path.dropFirst(9).dropLast(4)))
        else { return nil }
        // The same seed is the same face for ever. Drawn for each request, so compressing it would cost more than it saves.
        let file = StaticFile("avatar.svg", Array(drawing.utf8), isCompressed: false)
        return file.response(to: request, caching: .forever)
    }

    /// A file in the folder of a version. Of another version than ours, which a server beside this one has, it is our
    /// own file, which may not be kept under that name.
    private func versioned(_ request: HTTPRequest) -> HTTPResponse? {
        guard let version, request.path.first == "/" else { return nil }
        let folder = request.path.dropFirst().prefix { $0 != "/" }
        guard VersionedPage.isVersion(folder) else { return nil }
        let name = String(request.path.dropFirst(1 + folder.count))
        // The links of index.html start beside the folder: inside of it they would lead nowhere.
        guard name.hasSuffix(".css") || name.hasSuffix(".js"), let file = files[name] else { return nil }
        return file.response(to: request, caching: folder == version ? .forever : .revalidate)
    }
}
