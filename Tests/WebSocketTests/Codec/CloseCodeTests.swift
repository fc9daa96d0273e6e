import Testing
import WebSocket

@Suite("Close codes")
struct CloseCodeTests {
    @Test("of all 65,536 numbers exactly those of RFC 6455 §7.4 and the registry may stand in a frame")
    func validity() {
        let valid = (0...65_535).filter { CloseCode(rawValue: UInt16($0)).isValidOnTheWire }
        #expect(valid == Array(1000...1003) + Array(1007...1014) + Array(3000...4999))
    }

    @Test(
        "every violation has a code that may be sent and a reason that fits",
        arguments: [
            (ProtocolViolation.reservedBits, CloseCode.protocolError), (.reservedOpcode(15), .protocolError),
            (.fragmentedControlFrame, .protocolError), (.controlFrameTooLong, .protocolError),
            (.nonMinimalLength, .protocolError), (.lengthOverflow, .protocolError), (.unmaskedFrame, .protocolError),
            (.maskedFrame, .protocolError), (.unexpectedContinuation, .protocolError),
            (.interleavedMessage, .protocolError), (.truncatedCloseCode, .protocolError),
            (.invalidCloseCode(65_535), .protocolError), (.invalidUTF8, .invalidPayload),
            (.messageTooBig, .messageTooBig), (.tooManyFragments, .policyViolation),
        ]
    )
    func table(_ violation: ProtocolViolation, _ code: CloseCode) {
        #expect(violation.closeCode == code)
        #expect(code.isValidOnTheWire)
        #expect(!violation.reason.isEmpty && violation.reason.utf8.count <= 123)
    }
}
