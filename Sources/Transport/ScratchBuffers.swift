/// The buffers that all connections of a loop share, one call at a time.
final class ScratchBuffers {
    let input: UnsafeMutableRawBufferPointer
    let slices = UnsafeMutableBufferPointer<System.GatherSlice>.allocate(capacity: Outbox.slicesPerWrite)

    init(inputSize: Int) {
        input = .allocate(byteCount: inputSize, alignment: 16)
    }

    deinit {
        input.deallocate()
        slices.deallocate()
    }
}
