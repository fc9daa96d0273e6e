import Foundation
import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms
@testable import WebSocket

extension LiveTests {
    @Suite("How the page is served")
    struct PageServingTests {
        /// What came over the wire.
        private struct Answer {
            let status: Int
            let head: String
            let body: [UInt8]

            init(_ bytes: [UInt8]) throws {
                let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)))
                head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                body = Array(bytes[end.upperBound...])
                status = try #require(Int(head.dropFirst(9).prefix(3)))
            }

            func field(_ name: String) -> String? {
                head.components(separatedBy: "\r\n").dropFirst().first { $0.hasPrefix(name + ": ") }
                    .map { String($0.dropFirst(name.count + 2)) }
            }
        }

        private static func withServer(
            _ change: (inout Settings) -> Void = { _ in }, _ body: (TestServer) async throws -> Void
        ) async throws {
            let server = try await TestServer.start(change)
            do {
                try await body(server)
            } catch {
                await server.stop()
                throw error
            }
            await server.stop()
        }

        private static func ask(
            _ server: TestServer, _ path: String, _ fields: String..., method: String = "GET"
        ) async throws -> Answer {
            let raw = try await RawConnection.connect(to: server.port)
            let lines = (["Host: 127.0.0.1:\(server.port)", "Connection: close"] + fields).map { $0 + "\r\n" }.joined()
            await raw.send("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n")
            return try Answer(try await raw.whole())
        }

        private static func inflated(_ member: [UInt8]) throws -> [UInt8] {
            var inflater = Inflater()
            var bytes: [UInt8] = []
            try Array(member.dropFirst(10).dropLast(8)).withUnsafeBytes {
                try inflater.inflate($0, into: &bytes, limit: 1 << 24)
            }
            return bytes
        }

        @Test("each file has a tag; whoever names it gets 304, without a body and with what a cache needs")
        func revalidation() async throws {
            try await Self.withServer { server in
                let paths = EmbeddedPage.files.keys.map { "/\($0)" } + ["/", "/?room=tea", "/avatars/ada.svg"]
                for path in paths {
                    let first = try await Self.ask(server, path)
                    #expect(first.status == 200, "\(path)")
                    let tag = try #require(first.field("ETag"))
                    for list in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                        let again = try await Self.ask(server, path, "If-None-Match: \(list)")
                        #expect(again.status == 304, "\(path) \(list)")
                        #expect(again.body.isEmpty)
                        for name in ["ETag", "Cache-Control", "Vary", "Content-Security-Policy"] {
                            #expect(again.field(name) == first.field(name))
                        }
                        #expect(again.field("Content-Type") == nil)
                    }
                    let other = try await Self.ask(server, path, "If-None-Match: \"x\"")
                    #expect(other.status == 200)
                    #expect(other.body == first.body)
                }
                #expect(try await Self.ask(server, "/nothing", "If-None-Match: *").status == 404)
            }
        }

        @Test("gzip is sent to whoever takes it, and holds the same bytes; each coding has a tag of its own")
        func compression() async throws {
            try await Self.withServer { server in
                for path in ["/", "/chat.css", "/chat.js"] {
                    let plain = try await Self.ask(server, path)
                    let gzip = try await Self.ask(server, path, "Accept-Encoding: br, gzip;q=0.5")
                    #expect(plain.field("Content-Encoding") == nil)
                    #expect(gzip.field("Content-Encoding") == "gzip")
                    for answer in [plain, gzip] {
                        #expect(answer.field("Vary") == "Accept-Encoding")
                        #expect(answer.field("Content-Length") == "\(answer.body.count)")
                    }
                    #expect(try Self.inflated(gzip.body) == plain.body)
                    #expect(gzip.body.count < plain.body.count * 3 / 5)
                    let (plainTag, gzipTag) = (plain.field("ETag") ?? "", gzip.field("ETag") ?? "")
                    #expect(plainTag != gzipTag)
                    // A copy in one coding says nothing of the other.
                    #expect(try await Self.ask(server, path, "If-None-Match: \(gzipTag)").status == 200)
                    let again = try await Self.ask(
                        server, path, "Accept-Encoding: gzip", "If-None-Match: \(plainTag), \(gzipTag)")
                    #expect(again.status == 304)
                    #expect(again.field("ETag") == gzipTag)
                    let refused = try await Self.ask(server, path, "Accept-Encoding: gzip;q=0, *")
                    #expect(refused.body == plain.body)
                }
            }
        }

        @Test("HEAD is answered as GET is, without the body: plain, compressed, current and missing")
        func head() async throws {
            try await Self.withServer { server in
                let tag = try #require(try await Self.ask(server, "/").field("ETag"))
                for (path, field) in [
                    ("/", "X: y"), ("/chat.js", "Accept-Encoding: gzip"), ("/", "If-None-Match: \(tag)"),
                    ("/avatars/ada.svg", "X: y"), ("/missing", "X: y"),
                ] {
                    let get = try await Self.ask(server, path, field)
                    let head = try await Self.ask(server, path, field, method: "HEAD")
                    #expect(head.head == get.head, "\(path) \(field)")
                    #expect(head.body.isEmpty)
                }
            }
        }

        @Test("index.html links every script and style by a name that changes with them, and preloads every module")
        func versions() async throws {
            try await Self.withServer { server in
                let html = String(decoding: try await Self.ask(server, "/").body, as: UTF8.self)
                let links = html.matches(of: #/(?:href|src)="([0-9a-f]{16}/([^"]+))"/#)
                let names = EmbeddedPage.files.keys.filter { $0.hasSuffix(".js") || $0.hasSuffix(".css") }
                #expect(Set(links.map { String($0.2) }) == Set(names))
                let modules = names.filter { $0.hasSuffix(".js") }
                let preloads = html.matches(of: #/<link rel="modulepreload" href="[0-9a-f]{16}/([^"]+)">/#)
                #expect(preloads.map { String($0.1) }.sorted() == modules.sorted())
                for link in links {
                    let kept = try await Self.ask(server, "/\(link.1)")
                    #expect(kept.field("Cache-Control") == "public, max-age=31536000, immutable")
                    #expect(kept.body == EmbeddedPage.files[String(link.2)])
                    // A page of another version, from a server beside this one, works with what is here, uncached.
                    let other = try await Self.ask(server, "/\(String(repeating: "0", count: 16))/\(link.2)")
                    #expect(other.field("Cache-Control") == "no-cache")
                    #expect(other.body == kept.body)
                    let plain = try await Self.ask(server, "/\(link.2)")
                    #expect(plain.field("Cache-Control") == "no-cache")
                }
                let folder = String(repeating: "0", count: 16)
                for path in [
                    "/\(folder)/", "/\(folder)/index.html", "/\(folder)/none.js", "/\(folder)", "/abc/chat.js",
                ] {
                    #expect(try await Self.ask(server, path).status == 404, "\(path)")
                }
            }
        }

        @Test("one changed byte of one file changes the names of all, and nothing else does")
        func change() {
            let page: [String: [UInt8]] = ["index.html": [], "a.css": [1], "b.js": [2]]
            let version = VersionedPage(page).version
            #expect(VersionedPage(page).version == version)
            #expect(VersionedPage(page.merging(["index.html": [3]]) { $1 }).version == version)
            #expect(VersionedPage(page.merging(["a.css": [2]]) { $1 }).version != version)
            #expect(VersionedPage(page.merging(["c.js": []]) { $1 }).version != version)
            #expect(VersionedPage.isVersion(version))
        }

        @Test("a name is always of 16 digits, and that of FNV-1a")
        func digests() {
            #expect(StaticFile.digest(of: []) == "cbf29ce484222325")
            #expect(StaticFile.digest(of: Array("a".utf8)) == "af63dc4c8601ec8c")
            #expect(StaticFile.digest(of: Array("foobar".utf8)) == "85944171f73967e8")
            for number in 0..<2_000 { #expect(VersionedPage.isVersion(StaticFile.digest(of: Array("\(number)".utf8)))) }
        }

        @Test("every file of the page's folder is in the binary")
        func completeness() throws {
            let folder = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../../Sources/ChatServer/Web").standardized
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { !$0.hasSuffix(".swift") && !$0.hasPrefix(".") }
            #expect(Set(names) == Set(EmbeddedPage.files.keys))
        }

        @Test("a page from a folder keeps its links, and is compressed and asked for again like ours")
        func folder() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: uniqueName("page"))
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let html = #"<script type="module" src="chat.js"></script>"# + String(repeating: "<p>words</p>", count: 99)
            try Data(html.utf8).write(to: folder.appending(path: "index.html"))
            try Data([1, 2, 3]).write(to: folder.appending(path: "font.woff2"))
            let pages = try WebPages(folder: folder.path)
            func ask(_ path: String, _ headers: HTTPHeaders = [:]) throws -> HTTPResponse {
                let text = "GET \(path) HTTP/1.1\r\nHost: a\r\n"
                let lines = headers.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
                var bytes = Array("\(text)\(lines)\r\n".utf8)
                return try bytes.withUnsafeMutableBytes { buffer in
                    var rest = buffer
                    var parser = HTTPRequestParser()
                    guard case .head(let request) = try parser.next(from: &rest) else {
                        throw HTTPError.malformedStartLine
                    }
                    return try #require(pages.response(to: request))
                }
            }
            #expect(try ask("/").body == Array(html.utf8))
            let gzip = try ask("/", ["Accept-Encoding": "gzip"])
            #expect(try Self.inflated(gzip.body) == Array(html.utf8))
            let tag = try #require(gzip.headers.first("ETag"))
            let again = try ask("/", ["Accept-Encoding": "gzip", "If-None-Match": tag])
            #expect(again.status == .notModified)
            let font = try ask("/font.woff2", ["Accept-Encoding": "gzip"])
            #expect(font.headers.first("Content-Encoding") == nil)
            #expect(font.headers.first("Vary") == nil)
        }
    }
}
