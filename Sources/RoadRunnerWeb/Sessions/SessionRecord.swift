/// The stored form of a session. Times are in seconds since 1970.
struct SessionRecord: Codable, Sendable {
    var created: Int
    /// The latest time at which it ends.
    var end: Int
    /// The time of the last save.
    var changed: Int
    var values = SessionValues()
    var flashes = SessionValues()

    var isEmpty: Bool { self.values.isEmpty && self.flashes.isEmpty }
}
