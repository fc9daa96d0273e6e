/// The page with its styles and scripts in a folder that is named after what is in them.
///
/// A browser that has them never asks for them again, and when one changes, all get new names. The links between
/// modules are relative, so they need no change: only those of index.html lead into the folder, which the server
/// answers. The files stay as they are: hosted elsewhere, the page works without such a folder.
struct VersionedPage {
    /// By name; index.html with its links changed.
    private(set) var files: [String: [UInt8]]
    /// The folder's name.
    let version: String

    init(_ files: [String: [UInt8]]) {
        let names = files.keys.filter { $0.hasSuffix(".css") || $0.hasSuffix(".js") }.sorted()
        version = StaticFile.digest(of: names.flatMap { Array("\($0)\n".utf8) + (files[$0] ?? []) })
        self.files = files
        guard let index = files["index.html"] else { return }
        var html = String(decoding: index, as: UTF8.self)
        for name in names {
            for attribute in ["href", "src"] {
                html.replace("\(attribute)=\"\(name)\"", with: "\(attribute)=\"\(version)/\(name)\"")
            }
        }
        // Without these a browser learns of a module only when it has read the one that imports it.
        let preloads = names.filter { $0.hasSuffix(".js") }.map {
            "<link rel=\"modulepreload\" href=\"\(version)/\($0)\">\n"
        }
        html.replace("<script type=\"module\"", with: preloads.joined() + "<script type=\"module\"", maxReplacements: 1)
        self.files["index.html"] = Array(html.utf8)
    }

    /// Whether a folder's name has the form of a version's.
    static func isVersion(_ name: some StringProtocol) -> Bool {
        name.utf8.count == StaticFile.digitCount
            && name.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x66 }
    }
}
