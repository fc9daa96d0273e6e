import Foundation

/// The files under `Fixtures/WebSocket`.
package enum Fixture {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fixtures/WebSocket").standardizedFileURL

    /// The bytes behind a file of hexadecimal digits.
    package static func hexBytes(_ path: String) throws -> [UInt8] {
        hex(try String(contentsOf: root.appending(path: path), encoding: .utf8))
    }

    /// A head, kept with bare line feeds so that editors leave it alone, with the CRLFs it has on the wire.
    package static func head(_ path: String) throws -> [UInt8] {
        let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
        return Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
    }
}
