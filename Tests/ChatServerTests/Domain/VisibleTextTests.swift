import Testing

@testable import ChatServer
@testable import Rooms

@Suite("What a stranger sent, in the log")
struct VisibleTextTests {
    @Test("nothing but visible ASCII is shown, and nothing that ends the quotes")
    func hidden() {
        #expect(VisibleText.quoted("https://chat.example:8443") == "'https://chat.example:8443'")
        #expect(VisibleText.quoted("a b\u{1B}[31m\r\n\u{202E}é'\u{0}") == "'a?b?[31m??????'")
        #expect(VisibleText.quoted("") == "''")
    }

    @Test("and not much of it")
    func long() {
        let text = VisibleText.quoted(String(repeating: "x", count: 100_000))
        #expect(text == "'" + String(repeating: "x", count: 120) + "…'")
        #expect(VisibleText.quoted(String(repeating: "x", count: 120)).count == 122)
    }
}
