package import Logging

extension Logger.Metadata {
    /// Adds `more`, whose values take precedence. Nothing is hashed again when there is no metadata yet.
    package mutating func add(_ more: Logger.Metadata?) {
        guard let more, !more.isEmpty else { return }
        if self.isEmpty { self = more } else { self.merge(more) { $1 } }
    }
}
