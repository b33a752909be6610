/// RoadRunner exists, and its version is one that this package supports.
struct RoadRunnerRule: Rule {
    /// The year of the first version that this package is tested with.
    private static let year = 2025

    func findings(_ setup: Setup) async -> [Finding] {
        guard let binary = setup.roadRunner else {
            return [
                .fault(
                    "rr.missing", "there is no RoadRunner: neither RR_BINARY, nor bin/rr, nor rr on the PATH",
                    "rr-swift get downloads it into bin/")
            ]
        }
        guard let version = binary.version else { return [Self.other(binary.path, setup)] }
        if let year = binary.year, year > 2000, year < Self.year {
            return [
                .warning(
                    "rr.old", "\(binary.path) is RoadRunner \(version), which this package is not tested with",
                    "rr-swift get downloads \(Release.testedVersion)")
            ]
        }
        return [.good("rr", "RoadRunner \(version): \(binary.path)")]
    }

    /// Names a program that is not RoadRunner.
    private static func other(_ path: String, _ setup: Setup) -> Finding {
        let isNamed = RoadRunnerBinary.named(in: setup.surroundings) != nil
        let remedy =
            isNamed ? "correct or unset RR_BINARY" : "rr-swift get downloads RoadRunner into bin/, which precedes the PATH"
        guard path.utf8.contains(UInt8(ascii: "/")) else {
            return .fault("rr.missing", "RR_BINARY is \(path), which is not on the PATH", remedy)
        }
        guard Paths.exists(path) else { return .fault("rr.missing", "RR_BINARY is \(path), which does not exist", remedy) }
        guard Paths.isProgram(path) else {
            return .fault("rr.other", "RR_BINARY is \(path), which is not an executable file", remedy)
        }
        return .fault("rr.other", "\(path) is not RoadRunner: it does not print \"rr version\"", remedy)
    }
}
