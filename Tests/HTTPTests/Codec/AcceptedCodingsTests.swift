import Testing

@testable import HTTP

@Suite("Accept-Encoding")
struct AcceptedCodingsTests {
    private static func prefersGzip(_ values: String...) -> Bool {
        var headers = HTTPHeaders()
        for value in values { headers.append("Accept-Encoding", value) }
        return AcceptedCodings(headers).prefer("gzip")
    }

    @Test(
        "gzip is sent to whoever takes it, and likes it no less than plain bytes (RFC 9110 §12.5.3)",
        arguments: [
            "gzip", "GZIP", "x-gzip", "deflate, gzip, br, zstd", "gzip;q=0.5", "gzip ; q=0.001", "gzip;Q=1.000", "*",
            "gzip;q=0.8, identity;q=0.5", "identity, gzip", "br;q=1, *;q=0.1", "gzip, *;q=0", "gzip;q=1.",
            "*;q=0, gzip;q=0.1",
        ])
    func gzip(_ field: String) {
        #expect(Self.prefersGzip(field))
    }

    @Test(
        "plain bytes are sent to whoever refuses gzip, likes it less, doesn't name it, or says what isn't a weight",
        arguments: [
            "", "identity", "br", "deflate", "gzip;q=0", "gzip;q=0.000", "gzip;q=0.5, identity", "*;q=0",
            "gzip;q=0, *", "gzip;q=0.2, identity;q=0.3", "gzip;q=1.001", "gzip;q=2", "gzip;q=-1", "gzip;q=",
            "gzip;q=0.1234", "gzip;level=9", "gzipped", "gzip;q=0.5;q=1",
        ])
    func plain(_ field: String) {
        #expect(!Self.prefersGzip(field))
    }

    @Test("several fields are one list; without any, plain bytes are sent")
    func fields() {
        #expect(Self.prefersGzip("br", "gzip"))
        #expect(!Self.prefersGzip("br", "gzip;q=0"))
        #expect(!AcceptedCodings(HTTPHeaders()).prefer("gzip"))
    }
}
