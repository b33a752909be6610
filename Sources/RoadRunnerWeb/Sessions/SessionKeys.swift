/// A session is stored under the hash of its id: reading the store's keys is not enough to take over a session.
struct SessionKeys: Sendable {
    /// The key of the record, which has the values.
    let record: String
    /// The key of the time of the last use, if that was after the last change.
    let seen: String
    /// The key that exists for a session that was destroyed, or got another id.
    let ended: String

    init(_ id: String, prefix: String) {
        self.record = prefix + SHA256.hexDigest(id.utf8)
        self.seen = self.record + ".seen"
        self.ended = self.record + ".ended"
    }
}
