/// A box that anybody may carry and only its loop may open.
public struct LoopBound<Value>: @unchecked Sendable {  // Every access asks for the loop and checks that it is the one.
    private let value: Value
    public let loop: EventLoop

    /// Boxes what lives on `loop` already.
    public init(_ value: Value, on loop: isolated EventLoop) {
        self.value = value
        self.loop = loop
    }

    /// Hands over to `loop` what nobody else holds.
    public init(_ value: sending Value, loop: EventLoop) {
        self.value = value
        self.loop = loop
    }

    public func open(on current: isolated EventLoop) -> Value {
        precondition(current === loop, "a box was opened on another loop than its own")
        return value
    }
}
