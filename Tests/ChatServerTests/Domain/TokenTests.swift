import Testing

@testable import ChatServer
@testable import Rooms
@testable import WebSocket

@Suite("Tokens and holds")
struct TokenTests {
    @Test("a token is two parts of the right letters, and nothing else")
    func parsing() {
        #expect(MemberToken("abc.def") == MemberToken(socket: "abc", secret: "def"))
        for text in [
            "", ".", "abc", "abc.", ".def", "a.b.c", "a b.c", "a.b\n", String(repeating: "a", count: 65) + ".b",
        ] {
            #expect(MemberToken(text) == nil, "\(text)")
        }
    }

    @Test("text kept inline is what it was")
    func inlineText() {
        for text in ["", "a", "fifteen letters", String(repeating: "s", count: 22), String(repeating: "é👨‍👩‍👧", count: 40)]
        {
            #expect(InlineText(text).text == text)
        }
    }

    @Test("a secret is right only when every byte is, and no more")
    func secrets() {
        let token = MemberToken(socket: "abc", secret: "secret")
        #expect(token.hasSecret("secret"))
        for wrong in ["", "s", "secre", "secrets", "Secret", "secreT", "secretsecret"] {
            #expect(!token.hasSecret(wrong))
        }
    }

    @Test(
        "how long a member may come back: by how its connection ended",
        arguments: [
            (CloseCode.normalClosure, true, 60.0, 0.0), (.goingAway, true, 0.1, 2.0),
            (.abnormalClosure, false, 0.5, 0.5),
            (.abnormalClosure, false, 60, 5), (.tryAgainLater, false, 60, 5), (CloseCode(rawValue: 4_000), true, 60, 5),
        ])
    func holds(code: CloseCode, isPeers: Bool, connected: Double, hold: Double) {
        let ending = WebSocketSession.Ending(code: code, reason: "", wasClean: isPeers, wasPeers: isPeers)
        #expect(ChatSession.hold(after: ending, connectedFor: .seconds(connected)) == .seconds(hold))
    }
}
