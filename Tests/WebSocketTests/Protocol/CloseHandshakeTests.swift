import TestSupport
import Testing
import WebSocket

@Suite("Close handshake")
struct CloseHandshakeTests {
    func closeFrame(_ payload: [UInt8]) -> [UInt8] { clientFrame(0x88, payload) }

    @Test("an empty close is answered with an empty close")
    func emptyClose() throws {
        var connection = ConnectionProtocol(role: .server)
        let event = try withInput(closeFrame([])) { try connection.nextEvent(from: &$0) }
        #expect(event == .close(nil, reason: ""))
        #expect(connection.state == .closeReceived)
        #expect(connection.closeReply()?.bytes == hex("8800"))
    }

    @Test("a close code is echoed, its reason handed on")
    func echo() throws {
        var connection = ConnectionProtocol(role: .server)
        let event = try withInput(closeFrame([0x0F, 0xA0] + "bye é".utf8)) { try connection.nextEvent(from: &$0) }
        #expect(event == .close(CloseCode(rawValue: 4000), reason: "bye é"))
        #expect(!connection.maySendData && connection.maySendClose)
        #expect(connection.closeReply()?.bytes == hex("8802 0fa0"))
        connection.closeSent()
        #expect(connection.state == .closed)
        #expect(connection.closeReply() == nil)
        #expect(!connection.maySendClose)
    }

    @Test("a client masks its answer")
    func maskedReply() throws {
        var connection = ConnectionProtocol(role: .client)
        _ = try withInput(EncodedFrame.close(.goingAway).bytes) { try connection.nextEvent(from: &$0) }
        let expected = EncodedFrame.close(.goingAway, maskingKey: sampleKey)
        #expect(connection.closeReply(maskingKey: sampleKey) == expected)
    }

    @Test("after our own close messages still come in, and the peer's close ends the handshake")
    func ownClose() throws {
        var connection = ConnectionProtocol(role: .server)
        connection.closeSent()
        #expect(connection.state == .closeSent)
        #expect(!connection.maySendData && !connection.maySendClose)
        var events: [ConnectionProtocol.Event] = []
        try withInput(clientFrame(0x81, [0x61]) + closeFrame([0x03, 0xE8]) + clientFrame(0x81, [0x62])) { input in
            while let event = try connection.nextEvent(from: &input) { events.append(event) }
            #expect(input.isEmpty)
        }
        #expect(events == [.message(.text("a")), .close(.normalClosure, reason: "")])
        #expect(connection.state == .closed)
        #expect(connection.closeReply() == nil)
    }

    @Test("after a violation one close may be sent, and input is discarded")
    func violation() {
        var connection = ConnectionProtocol(role: .server)
        #expect(throws: ProtocolViolation.reservedOpcode(3)) {
            try withInput([0x83, 0x80]) { input in
                defer { #expect(input.isEmpty) }
                _ = try connection.nextEvent(from: &input)
            }
        }
        #expect(connection.state == .failed)
        #expect(!connection.maySendData && connection.maySendClose)
        let further = try? withInput(clientFrame(0x81, [0x61])) { try connection.nextEvent(from: &$0) }
        #expect(further == .some(nil))
        connection.closeSent()
        #expect(connection.state == .closed)
    }

    @Test("a violation after our own close ends the connection")
    func violationAfterClose() {
        var connection = ConnectionProtocol(role: .server)
        connection.closeSent()
        _ = try? withInput([0x83]) { try connection.nextEvent(from: &$0) }
        #expect(connection.state == .closed)
        #expect(!connection.maySendClose)
    }

    @Test("a close payload of one byte is refused")
    func truncatedCode() {
        for feeding in everyFeeding(of: closeFrame([0x03])) {
            #expect(Outcome(feeding: feeding) == Outcome([], .truncatedCloseCode))
        }
    }

    @Test(
        "codes that no frame may carry are refused",
        arguments: [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] as [UInt16]
    )
    func invalidCodes(_ code: UInt16) {
        let payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
        #expect(Outcome(feeding: [closeFrame(payload)]) == Outcome([], .invalidCloseCode(code)))
    }

    @Test(
        "codes that a frame may carry are taken",
        arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
            as [UInt16]
    )
    func validCodes(_ code: UInt16) {
        let payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
        #expect(Outcome(feeding: [closeFrame(payload)]) == Outcome([.close(CloseCode(rawValue: code), reason: "")]))
    }

    @Test("a reason that isn't UTF-8 is refused", arguments: ["ff", "61c3", "eda080"])
    func badReason(_ text: String) {
        for feeding in everyFeeding(of: closeFrame([0x03, 0xE8] + hex(text))) {
            #expect(Outcome(feeding: feeding) == Outcome([], .invalidUTF8))
        }
    }

    @Test("a reason of 123 bytes is taken")
    func longReason() {
        let reason = String(repeating: "x", count: 123)
        let outcome = Outcome(feeding: [closeFrame([0x03, 0xE8] + reason.utf8)])
        #expect(outcome == Outcome([.close(.normalClosure, reason: reason)]))
    }
}
