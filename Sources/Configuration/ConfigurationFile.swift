import Configuration
import SystemPackage

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// RoadRunner's configuration file, read by RoadRunner's rules, without RoadRunner.
///
/// Files named by `include` replace the sections that they have; `envfile` adds variables that the environment has not;
/// then `$NAME`, `${NAME}` and `${NAME:-default}` are expanded (see ``VariableExpansion``).
/// Source: RoadRunner's documentation, "Configuration", and the behaviour of its `config` plugin.
public struct ConfigurationFile: Sendable, Hashable {
    /// The whole configuration: a map.
    public let root: ConfigurationValue

    /// The value of a section, such as `kv`.
    public subscript(section: String) -> ConfigurationValue? { self.root[section] }

    /// Reads a file, and the files that it names. Their paths count from its directory.
    ///
    /// - Parameters:
    ///   - path: `.rr.yaml`, say.
    ///   - environment: the variables for the expansion.
    /// - Throws: ``ConfigurationFileError``.
    public static func read(
        path: String, environment: [String: String]
    ) async throws(ConfigurationFileError) -> ConfigurationFile {
        let directory = FilePath(path).removingLastComponent()
        func resolve(_ name: String) -> String { directory.pushing(FilePath(name)).string }

        var root = try Self.parse(file: path)
        let version = root["version"]
        for name in root["include"]?.list?.compactMap(\.string) ?? [] {
            let included = try Self.parse(file: resolve(name))
            guard included["version"] == version else { throw .includeVersionMismatch(resolve(name)) }
            root.replaceSections(with: included)
        }
        var variables: EnvironmentVariablesProvider?
        if let name = root["envfile"]?.string { variables = try await Self.variables(file: resolve(name)) }
        // What is set already wins over the file, also when it is empty.
        return ConfigurationFile(
            root: root.expanding { environment[$0] ?? (try? variables?.environmentValue(forName: $0)) })
    }

    /// The pure part: parses text, and expands with `environment`. `include` and `envfile` are not followed.
    public static func parse(
        _ yaml: String, from path: String = ".rr.yaml", environment: [String: String]
    ) throws(ConfigurationFileError) -> ConfigurationFile {
        ConfigurationFile(root: try YAMLTree.parse(yaml, path).expanding { environment[$0] })
    }

    private static func parse(file path: String) throws(ConfigurationFileError) -> ConfigurationValue {
        try YAMLTree.parse(try Self.text(of: path), path)
    }

    private static func variables(file path: String) async throws(ConfigurationFileError) -> EnvironmentVariablesProvider {
        do {
            return try await EnvironmentVariablesProvider(environmentFilePath: FilePath(path))
        } catch {
            throw .unreadable(path, "\(error)")
        }
    }

    /// Configuration files are small; whatever is larger than this is something else.
    private static let maximumSize = 4 * 1024 * 1024

    private static func text(of path: String) throws(ConfigurationFileError) -> String {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path)) } catch { throw .unreadable(path, "\(error)") }
        guard data.count <= Self.maximumSize else { throw .unreadable(path, "it is larger than \(Self.maximumSize) bytes") }
        guard let text = String(validating: data, as: UTF8.self) else { throw .malformed(path, "it is not UTF-8") }
        return text
    }
}

extension ConfigurationValue {
    fileprivate mutating func replaceSections(with other: ConfigurationValue) {
        guard case .map(var entries) = self, case .map(let others) = other else { return }
        for (key, value) in others { entries[key] = value }
        self = .map(entries)
    }
}

/// A configuration that cannot be read.
public struct ConfigurationFileError: Error, Hashable, CustomStringConvertible {
    /// What was wrong. More codes may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case unreadable, malformed, includeVersionMismatch }
        private let kind: Kind

        /// There is no such file, or it may not be read.
        public static let unreadable = Code(kind: .unreadable)
        /// It is not YAML, or not a map at its top level, or nested too deeply.
        public static let malformed = Code(kind: .malformed)
        /// An included file has another `version` than the file that includes it, which RoadRunner refuses.
        public static let includeVersionMismatch = Code(kind: .includeVersionMismatch)

        public var description: String { self.kind.rawValue }
    }

    /// What was wrong.
    public let code: Code
    /// The file it is about.
    public let path: String
    /// What was wrong, and what to do.
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

    static func malformed(_ path: String, _ reason: String) -> ConfigurationFileError {
        ConfigurationFileError(
            code: .malformed, path: path, description: "RoadRunner's configuration \(path) cannot be understood: \(reason)")
    }

    static func includeVersionMismatch(_ path: String) -> ConfigurationFileError {
        ConfigurationFileError(
            code: .includeVersionMismatch, path: path,
            description: "the included configuration \(path) must have the same \"version\" as the file that includes it")
    }
}
