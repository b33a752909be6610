/// How informational responses reach the client.
enum InformationalSupport: Sendable {
    /// They reach the client unchanged.
    case full
    /// RoadRunner up to 2025: the first one arrives, its header lines are repeated in the final response, and the final status is
    /// lost: the client sees 200.
    case lossy
    /// They are not sent.
    case off

    /// - Parameter version: the value of `RR_VERSION`.
    init(_ policy: InformationalPolicy, roadRunnerVersion version: String?) {
        let year = Self.year(of: version)
        switch policy {
        case .never: self = .off
        // An unknown version counts as new: header lines are removed from the final response only for old ones, which repeat them.
        case .always: self = year.map { $0 < Self.firstFixedYear } ?? false ? .lossy : .full
        case .automatic: self = year.map { $0 >= Self.firstFixedYear } ?? false ? .full : .off
        }
    }

    /// The first releases that keep the final status are those of 2026 (`http` plugin v6).
    private static let firstFixedYear = 2026

    /// A development build has a version such as `2026-dev-82d735ef`; builds without a number may be any version.
    private static func year(of version: String?) -> Int? {
        let digits = (version ?? "").utf8.drop { $0 == UInt8(ascii: "v") }.prefix {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return Int(Substring(digits))
    }
}
