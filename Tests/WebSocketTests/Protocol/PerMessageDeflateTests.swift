import TestSupport
import Testing

@testable import WebSocket

@Suite("permessage-deflate: what is agreed on")
struct PerMessageDeflateTests {
    private func answer(
        _ offers: String..., options: PerMessageDeflate.Options = .init()
    ) throws -> PerMessageDeflate? {
        var headers = HTTPHeaders()
        for offer in offers { headers.append("Sec-WebSocket-Extensions", offer) }
        return PerMessageDeflate.negotiate(try #require(ExtensionOffer.all(in: headers)), options)
    }

    private static let usual = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    @Test(
        "offers of all four parameters are answered as RFC 7692 §7.1 has it",
        arguments: [
            ("permessage-deflate", usual),
            ("permessage-deflate; client_max_window_bits", usual),
            ("PERMESSAGE-DEFLATE ;client_max_window_bits", usual),
            ("permessage-deflate; server_no_context_takeover; client_no_context_takeover", usual),
            ("permessage-deflate; client_max_window_bits=10", usual + "; client_max_window_bits=10"),
            ("permessage-deflate; client_max_window_bits=\"10\"", usual + "; client_max_window_bits=10"),
            ("permessage-deflate; server_max_window_bits=8", usual + "; server_max_window_bits=8"),
            (
                "permessage-deflate; server_max_window_bits = 9 ; client_max_window_bits=15",
                usual + "; server_max_window_bits=9; client_max_window_bits=15"
            ),
            ("x-unknown; a=1, permessage-deflate", usual),
            (
                "permessage-deflate; server_max_window_bits=16, permessage-deflate; server_max_window_bits=12",
                usual + "; server_max_window_bits=12"
            ),
        ])
    func agreed(_ offer: String, _ expected: String) throws {
        #expect(try answer(offer)?.answer == expected)
    }

    @Test(
        "an offer that can't be honoured is declined",
        arguments: [
            "x-webkit-deflate-frame", "permessage-deflate; unknown", "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=08", "permessage-deflate; client_max_window_bits=a",
            "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; client_no_context_takeover=x",
            "permessage-deflate; client_max_window_bits; client_max_window_bits",
        ])
    func declined(_ offer: String) throws {
        #expect(try answer(offer) == nil)
    }

    @Test("a smaller window of our own, and clients that may refer back, are said in the answer")
    func options() throws {
        var options = PerMessageDeflate.Options()
        options.windowBits = 11
        options.allowsClientContextTakeover = true
        #expect(
            try answer("permessage-deflate", options: options)?.answer
                == "permessage-deflate; server_no_context_takeover; server_max_window_bits=11")
        let small = try answer("permessage-deflate; server_max_window_bits=9", options: options)
        #expect(small?.serverWindowBits == 9 && small?.clientTakesContextOver == true)
        let asked = try answer("permessage-deflate; client_no_context_takeover", options: options)
        #expect(asked?.clientTakesContextOver == false)
    }

    @Test(
        "a list that is none fails the handshake with 400, as RFC 6455 §9.1 wants it",
        arguments: ["a b", "a;", "a; =1", "a; b=", "a; b=\"", "a; b=\"c d\"", ";", "a; b=c=d", "a;;b", "\"a\""])
    func malformed(_ value: String) throws {
        var headers = HTTPHeaders()
        headers.append("Sec-WebSocket-Extensions", value)
        #expect(ExtensionOffer.all(in: headers) == nil)
    }

    @Test("empty elements and none at all are no offers", arguments: ["", ",", " , ,"])
    func empty(_ value: String) {
        #expect(ExtensionOffer.all(in: ["Sec-WebSocket-Extensions": value]) == [])
    }
}
