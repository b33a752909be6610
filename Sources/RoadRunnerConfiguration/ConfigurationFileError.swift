public import Goridge
import RoadRunnerRuntime

/// A configuration that cannot be read. The error contains nothing of the file, as it may hold secrets.
public struct ConfigurationFileError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case unreadable, malformed, includeVersionMismatch }
        private let kind: Kind

        /// The file does not exist, or cannot be read.
        public static let unreadable = Code(kind: .unreadable)
        /// The file is not YAML, or not a map at its top level, or nested too deeply, or has no `version`; or it is a malformed
        /// file of variables.
        public static let malformed = Code(kind: .malformed)
        /// An included file has a different `version` from the file that includes it, which RoadRunner refuses.
        public static let includeVersionMismatch = Code(kind: .includeVersionMismatch)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// The path of the file.
    public let path: String
    /// What is wrong, and how to fix it.
    public let description: String

    static func unreadable(_ path: String, _ reason: String) -> ConfigurationFileError {
        ConfigurationFileError(
            code: .unreadable, path: path,
            description: """
                cannot read RoadRunner's configuration \(path): \(reason). RR_CONFIG_PATH names the file, ".rr.yaml" in the \
                working directory unless it is set
                """
        )
    }

    static func unreadable(include path: String, _ reason: String) -> ConfigurationFileError {
        ConfigurationFileError(
            code: .unreadable, path: path,
            description: """
                cannot read \(path), which RoadRunner's configuration includes: \(reason). Paths in `include` are relative to RoadRunner's \
                working directory: the folder of the file that it is started with, unless `rr -w` sets another
                """
        )
    }

    static func malformed(_ path: String, _ reason: String) -> ConfigurationFileError {
        ConfigurationFileError(
            code: .malformed, path: path, description: "RoadRunner's configuration \(path) is malformed: \(reason)")
    }

    static func includeVersionMismatch(_ path: String) -> ConfigurationFileError {
        ConfigurationFileError(
            code: .includeVersionMismatch, path: path,
            description: "the included configuration \(path) must have the same \"version\" as the file that includes it")
    }

    /// - Parameter key: the key that names the file.
    static func missingVariables(_ path: String, _ key: String) -> ConfigurationFileError {
        ConfigurationFileError(code: .unreadable, path: path, description: "there is no file \(path), which \(key) names")
    }

    static func variables(_ path: String, _ key: String, _ error: EnvironmentFileError) -> ConfigurationFileError {
        ConfigurationFileError(
            code: error.isMalformed ? .malformed : .unreadable, path: path, description: "\(error). \(key) names it")
    }
}
