#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Date? {
    /// The time in seconds since 1970, as Centrifugo represents it: 0 for none.
    var unixSeconds: Int64 {
        guard let self else { return 0 }
        let seconds = self.timeIntervalSince1970.rounded(.up)
        // A date that is not a number counts as past.
        guard seconds > 1 else { return 1 }
        return seconds >= 9e15 ? 9_000_000_000_000_000 : Int64(seconds)
    }
}
