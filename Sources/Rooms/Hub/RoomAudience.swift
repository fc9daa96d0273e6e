package import Transport

/// Who is told what happens in the rooms of this server: encodes it, and hands it to the connections.
///
/// All calls are made on the hub's loop, in the order in which things have happened. What they come to may be gathered until
/// `tickEnds`.
package protocol RoomAudience: AnyObject {
    /// To everybody who is up to date in the room.
    func tell(_ event: RoomEvent, in room: RoomName, on loop: isolated EventLoop)
    /// The whole roster, to the same: in place of single changes.
    func tellRoster(
        of view: RoomView, at position: RoomPosition, in room: RoomName, on loop: isolated EventLoop)
    /// One step forward for one connection.
    /// - Parameter own: the member itself, should the roster lack it for the moment.
    func show(_ page: CatchUpPage, of view: RoomView, own: Member?, to catchUp: CatchUp, on loop: isolated EventLoop)
    /// What comes next belongs to a log that doesn't go on from where this one ended: everybody in the room is to be brought
    /// up to date.
    func logEnds(in room: RoomName, on loop: isolated EventLoop)
    /// Nobody here is in the room any more.
    func closed(_ room: RoomName, on loop: isolated EventLoop)
    /// The store has the room in a form that this server can't read: all who are in it must go elsewhere.
    func refused(_ room: RoomName, on loop: isolated EventLoop)
    /// A connection has lost its member to another one.
    func displace(_ displaced: Displaced, on loop: isolated EventLoop)
    func tickEnds(on loop: isolated EventLoop)
}
