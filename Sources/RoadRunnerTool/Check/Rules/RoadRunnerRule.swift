/// RoadRunner is there, is RoadRunner, and is one that this package knows.
struct RoadRunnerRule: Rule {
    /// The first that this package is tested with.
    private static let year = 2025

    func findings(_ setup: Setup) async -> [Finding] {
        guard let binary = setup.roadRunner else {
            return [
                .fault(
                    "rr.missing", "there is no RoadRunner: neither RR_BINARY, nor bin/rr, nor rr on the PATH",
                    "rr-swift get loads it into bin/")
            ]
        }
        guard let version = binary.version else {
            return [
                .fault(
                    "rr.other", "\(binary.path) is not RoadRunner: it does not say \"rr version\"",
                    "rr-swift get loads RoadRunner into bin/, which comes before the PATH")
            ]
        }
        if let year = binary.year, year > 2000, year < Self.year {
            return [
                .warning(
                    "rr.old", "\(binary.path) is RoadRunner \(version), which this package is not tested with",
                    "rr-swift get loads \(Release.testedVersion)")
            ]
        }
        return [.good("rr", "RoadRunner \(version): \(binary.path)")]
    }
}
