#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// When an entry ends. It becomes a date when the entry is written and not before: computing a value and waiting for a connection take
/// time, and what has passed by then is stored for ever by some drivers.
package enum EntryLifetime: Sendable, Hashable {
    case unlimited
    /// A duration after the entry is written; positive.
    case limited(Duration)
    /// At this time, which an entry that is written again keeps.
    case ending(Date)

    /// When the entry ends if it is written now, never below the minimum of the drivers; nil for never.
    func end(now: Date) -> Date? {
        switch self {
        case .unlimited: return nil
        case .limited(let duration): return Expiry.date(after: duration, now: now)
        case .ending(let date):
            let soonest = Expiry.date(after: Expiry.shortest, now: now)
            return soonest.map { max($0, date) } ?? date
        }
    }

    /// Of two lives that begin when an entry is written, the one that ends first. An end that is kept is that of an entry.
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
