/// An epoch that ended without a loss, and the last number given in it that the history of today still has: whoever was
/// there and saw no more than that goes on in the present epoch.
package struct EpochEnd: Hashable, Sendable {
    let epoch: String
    let last: Int

    /// Whether somebody who stands there has seen nothing that isn't in the history of today.
    func holds(_ position: RoomPosition) -> Bool { position.epoch == epoch && position.seq <= last }
}
