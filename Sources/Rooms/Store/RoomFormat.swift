/// The version of what stands in a room's keys.
///
/// Fields that are added to messages, members or meta, and further kinds of events, are no new format: servers of this version
/// pass them on. A new one is for what they would misread.
enum RoomFormat {
    static let current = 1
    /// What scripts answer for a room of a later format, with its number behind it.
    static let errorCode = "FORMAT"
}
