/// A program that may be RoadRunner.
struct RoadRunnerBinary: Sendable, Hashable {
    /// The program's path.
    let path: String
    /// The version that it prints; nil when it is another program.
    let version: String?

    /// `RR_BINARY`: a path, or a name on the `PATH`; nil if it is not set.
    static func named(in surroundings: Surroundings) -> String? {
        surroundings.variables["RR_BINARY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Searches as `scripts/demo` does: `RR_BINARY`, `bin/rr` in the project, `rr` on the `PATH`.
    ///
    /// - Returns: what `RR_BINARY` names, whatever it is; its path is then the name if the `PATH` does not have it.
    static func find(in folder: String, _ surroundings: Surroundings) async -> RoadRunnerBinary? {
        if let named = Self.named(in: surroundings) {
            guard let path = surroundings.program(named: named, from: surroundings.directory) else {
                return RoadRunnerBinary(path: named, version: nil)
            }
            return await Self.examine(path, surroundings)
        }
        var others: RoadRunnerBinary?
        for path in ["\(folder)/bin/rr", surroundings.program("rr")] {
            guard let path, Paths.isProgram(path) else { continue }
            let binary = await Self.examine(path, surroundings)
            if binary.version != nil { return binary }
            others = others ?? binary
        }
        return others
    }

    /// Asks a program for its version. Other programs have the same name, such as a debugger.
    static func examine(_ path: String, _ surroundings: Surroundings) async -> RoadRunnerBinary {
        let result = try? await Subprogram(
            path, ["--version"], variables: surroundings.variables, directory: surroundings.directory
        ).run(within: .seconds(20))
        return RoadRunnerBinary(path: path, version: result.flatMap { Self.version(in: $0.output) })
    }

    /// Reads `rr version 2025.1.15 (build time: …)`.
    static func version(in text: String) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let index = words.firstIndex(of: "version"), index > words.startIndex, words[index - 1].lowercased() == "rr",
            words.indices.contains(index + 1)
        else { return nil }
        let version = words[index + 1]
        return String(version.utf8.first == UInt8(ascii: "v") ? version.dropFirst() : version)
    }

    /// The year of versions such as `2025.1.15`; nil for builds from a branch.
    var year: Int? { self.version?.split(separator: ".").first.flatMap { Int($0) } }
}
