#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// When an entry expires. It becomes a date no earlier than when the entry is written: computing a value and waiting for a
/// connection take time, and some drivers store an entry with a past expiry for ever.
package enum EntryLifetime: Sendable, Hashable {
    case unlimited
    /// A duration after the entry is written; positive.
    case limited(Duration)
    /// Until this time, which an entry keeps when it is written again.
    case ending(Date)

    /// The expiry of an entry that is written now, never below the minimum of the drivers; nil for never.
    func end(now: Date) -> Date? {
        switch self {
        case .unlimited: return nil
        case .limited(let duration): return Expiry.date(after: duration, now: now)
        case .ending(let date):
            let soonest = Expiry.date(after: Expiry.shortest, now: now)
            return soonest.map { max($0, date) } ?? date
        }
    }

    /// Returns the shorter of two lifetimes that begin when an entry is written. A preserved expiry takes precedence.
    func shorter(than other: EntryLifetime) -> EntryLifetime {
        switch (self, other) {
        case (.unlimited, _): other
        case (_, .unlimited): self
        case (.limited(let left), .limited(let right)): .limited(min(left, right))
        case (.ending, _): self
        case (.limited, .ending): other
        }
    }
}
