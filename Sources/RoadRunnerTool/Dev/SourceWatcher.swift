/// Reports when files of a project change.
struct SourceWatcher: Sendable {
    /// How often it checks.
    static let interval: Duration = .milliseconds(250)

    let folder: String
    let others: [String]
    private(set) var last: SourceSnapshot

    init(_ folder: String, and others: [String]) {
        self.folder = folder
        self.others = others
        self.last = SourceSnapshot.take(of: folder, and: others)
    }

    /// Waits until files have changed, and have then been unchanged for a moment: editors write several files.
    ///
    /// - Returns: the changed files.
    /// - Throws: `CancellationError`.
    mutating func next() async throws -> [String] {
        var newest = self.last
        while true {
            try await Task.sleep(for: Self.interval)
            let now = SourceSnapshot.take(of: self.folder, and: self.others)
            if now == newest, now != self.last {
                defer { self.last = now }
                return now.changes(since: self.last)
            }
            newest = now
        }
    }
}
