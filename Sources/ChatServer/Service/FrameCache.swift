import Rooms
import Transport
import WebSocket

/// A frame of a page, encoded, and from which message on a part of the log is missing where it isn't sent.
struct PageFrame: Sendable {
    let frame: SharedFrame
    /// 0 where no message is in it, `.max` where the log is not concerned.
    let first: Int
}

/// What many are shown alike when they come in or are brought up to date: each roster and each page of messages is encoded
/// once, and its bytes are shared. Lives on the hub's loop; bounded, and empty where nobody came in for a while.
final class FrameCache: TimerHandler {
    /// Which part of a room's log, in which form.
    struct LogKey: Hashable {
        let room: RoomName
        let epoch: String
        let first: Int
        let last: Int
        let isHistory: Bool
    }

    private struct KnownRoster {
        let epoch: String
        let roster: Roster
        let frames: [PageFrame]
    }

    /// When all is forgotten, whether it was used meanwhile or not: making it again costs little.
    private static let lifetime: Duration = .seconds(5)

    private let byteLimit: Int
    private let isCompressible: Bool
    private var rosters: [RoomName: KnownRoster] = [:]
    private var logs: [LogKey: [PageFrame]] = [:]
    private var byteCount = 0
    private var isTimed = false
    /// How many rosters and pages have been encoded.
    private(set) var encodedCount = 0

    /// - Parameters:
    ///   - byteLimit: more than that isn't kept.
    ///   - isCompressible: whether frames go out compressed to those who have negotiated that.
    init(byteLimit: Int = 16 * 1024 * 1024, isCompressible: Bool) {
        (self.byteLimit, self.isCompressible) = (byteLimit, isCompressible)
    }

    func encoded(_ frame: PageFrames.Frame) -> PageFrame {
        PageFrame(
            frame: .text(frame.json, mark: frame.mark, isCompressible: isCompressible), first: frame.first ?? frame.mark
        )
    }

    /// The frames of a room's roster as it stands. Where only the revision is another one, as when a connection was
    /// replaced, the earlier frames say the same: revisions may skip.
    func roster(
        of room: RoomName, _ view: RoomView, on loop: isolated EventLoop, make: () -> [PageFrames.Frame]
    ) -> [PageFrame] {
        if let known = rosters[room], known.epoch == view.epoch, known.roster == view.roster { return known.frames }
        let frames = make().map(encoded)
        encodedCount += 1
        keep(frames, on: loop)
        if let old = rosters[room] { byteCount -= Self.size(of: old.frames) }
        rosters[room] = KnownRoster(epoch: view.epoch, roster: view.roster, frames: frames)
        return frames
    }

    func log(_ key: LogKey, on loop: isolated EventLoop, make: () -> [PageFrames.Frame]) -> [PageFrame] {
        if let known = logs[key] { return known }
        let frames = make().map(encoded)
        encodedCount += 1
        keep(frames, on: loop)
        logs[key] = frames
        return frames
    }

    private static func size(of frames: [PageFrame]) -> Int { frames.reduce(0) { $0 + $1.frame.byteCount } }

    private func keep(_ frames: [PageFrame], on loop: isolated EventLoop) {
        let size = Self.size(of: frames)
        if byteCount + size > byteLimit { forgetAll() }
        byteCount += size
        if isTimed { return }
        isTimed = true
        _ = loop.schedule(self, after: Self.lifetime)
    }

    private func forgetAll() { (rosters, logs, byteCount) = ([:], [:], 0) }

    func timerFired(on loop: isolated EventLoop) {
        isTimed = false
        forgetAll()
    }
}
