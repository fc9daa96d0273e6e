import HTTP
import Testing

@Suite("HTTP responses")
struct HTTPResponseTests {
    func text(_ response: HTTPResponse, forHead: Bool = false) -> String {
        String(decoding: response.encoded(forHead: forHead), as: UTF8.self)
    }

    @Test("a response has its length, its connection and its body")
    func plain() {
        let response = HTTPResponse(status: .ok, headers: ["Content-Type": "text/plain"], body: Array("hi".utf8))
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n"
        #expect(text(response) == head + "hi")
        #expect(text(response, forHead: true) == head)
    }

    @Test("Date stands first, unless the response has one of its own")
    func date() {
        let lines = { (response: HTTPResponse) in
            String(decoding: response.encoded(date: "now"), as: UTF8.self).split(separator: "\r\n").map(String.init)
        }
        #expect(lines(HTTPResponse(status: .noContent))[1] == "Date: now")
        #expect(
            lines(HTTPResponse(status: .noContent, headers: ["date": "then"])).filter { $0.contains("ate: ") } == [
                "date: then"
            ])
    }

    @Test("OPTIONS is answered with the methods there are, and without a body")
    func options() {
        let text = text(.options("GET", "HEAD"))
        #expect(
            text.hasPrefix("HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\n") && text.hasSuffix("\r\n\r\n"))
    }

    @Test("a response that closes says so")
    func closing() {
        #expect(text(HTTPError.timeout.response).contains("HTTP/1.1 408 Request Timeout\r\n"))
        #expect(text(HTTPError.timeout.response).contains("\r\nConnection: close\r\n"))
    }

    @Test("statuses without a body carry neither body nor length", arguments: [204, 304])
    func bodiless(_ status: Int) {
        let response = HTTPResponse(status: HTTPStatus(rawValue: status), body: [1, 2, 3])
        #expect(!text(response).contains("Content-Length"))
        #expect(text(response).hasSuffix("\r\n\r\n"))
    }

    @Test("CR and LF never reach an emitted header, in a value or a name")
    func injection() {
        let attack = "/a\r\nSet-Cookie: x=1\r\n\r\n<script>\u{0}\u{7F}"
        var response = HTTPResponse(status: .ok, headers: ["Location": attack, "X\r\nY": "z", "": "z", "A B": "z"])
        response.headers.append("Content-Length", "999")
        response.headers.append("transfer-encoding", "chunked")
        response.headers.append("connection", "upgrade")
        let lines = text(response).split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(
            lines == [
                "HTTP/1.1 200 OK", "Location: /a  Set-Cookie: x=1    <script>  ", "Content-Length: 0",
                "Connection: keep-alive", "", "",
            ]
        )
        #expect(response.encoded().filter { $0 < 0x20 }.count == 10)
    }
}
