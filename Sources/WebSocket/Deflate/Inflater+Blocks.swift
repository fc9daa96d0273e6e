extension Inflater {
    /// Reads what stands before a block's content; false while bits are missing.
    mutating func readToBlockContent(_ reader: inout BitReader) throws(InflateError) -> Bool {
        while true {
            switch phase {
            case .blockHeader:
                guard let header = reader.take(3) else { return false }
                try beginBlock(header, &reader)
            case .storedLength:
                guard let lengths = reader.take(32) else { return false }
                // RFC 1951 §3.2.4: the length, then its one's complement.
                guard lengths & 0xFFFF == ~(lengths >> 16) & 0xFFFF else { throw .corrupt }
                phase = .stored(left: lengths & 0xFFFF)
            case .dynamicHeader:
                // Taken out while it changes, so that its arrays aren't copied.
                guard var block = dynamic.take() else { throw .corrupt }
                let isComplete = try block.readHeader(&reader)
                dynamic = block
                guard isComplete else { return false }
                phase = .symbols
            case .stored, .symbols:
                return true
            }
        }
    }

    /// Begins the block with this header of three bits: BFINAL, BTYPE (RFC 1951 §3.2.3).
    private mutating func beginBlock(_ header: Int, _ reader: inout BitReader) throws(InflateError) {
        isFinalBlock = header & 1 != 0
        switch header >> 1 {
        case 0:
            reader.alignToByte()
            phase = .storedLength
        case 1:
            dynamic = nil
            phase = .symbols
        case 2:
            dynamic = dynamic?.restarted() ?? DynamicBlock()
            phase = .dynamicHeader
        default:
            throw .corrupt
        }
    }

    /// Goes on to the next block, which after a final one starts with a whole byte.
    mutating func endBlock(_ reader: inout BitReader) {
        if isFinalBlock { reader.alignToByte() }
        phase = .blockHeader
    }

    /// Puts out the bytes of a stored block, of which `left` are still to come: RFC 1951 §3.2.4.
    mutating func copyStored(
        _ reader: inout BitReader, into sink: inout InflateSink, left: Int
    ) -> SymbolDecoder.Stop {
        var left = left
        defer { phase = .stored(left: left) }
        while left > 0 {
            // Whole bytes that were read ahead as bits come first.
            if reader.count == 0, reader.bytesLeft == 0 { return .needsInput }
            guard sink.room > 0 else { return .needsRoom(1) }
            if reader.count > 0 {
                sink.append(UInt8(truncatingIfNeeded: reader.bits))
                reader.drop(8)
                left -= 1
            } else {
                let count = min(left, reader.bytesLeft, sink.room)
                sink.append(UnsafeRawBufferPointer(rebasing: reader.bytes[reader.position..<reader.position + count]))
                reader.position += count
                left -= count
            }
        }
        return .endOfBlock
    }
}
