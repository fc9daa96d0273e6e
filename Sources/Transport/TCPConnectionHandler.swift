/// What a connection tells its owner. All calls are made on the connection's loop.
public protocol TCPConnectionHandler: AnyObject {
    /// An outgoing connection is made. (An accepted one is open from the start.)
    func connectionOpened(_ connection: TCPConnection, on loop: isolated EventLoop)
    /// `bytes` are the loop's own: they may be changed in place, and are gone after the call.
    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop)
    /// Nothing waits to be written any more; the answer to `awaitDrain`.
    func connectionDrained(_ connection: TCPConnection, on loop: isolated EventLoop)
    func connectionClosed(_ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop)
}

extension TCPConnectionHandler {
    public func connectionOpened(_ connection: TCPConnection, on loop: isolated EventLoop) {}
    public func connectionDrained(_ connection: TCPConnection, on loop: isolated EventLoop) {}
}
