import RoadRunnerRuntime
import SystemPackage

/// RoadRunner's configuration file, read by RoadRunner's rules, without RoadRunner.
///
/// `$NAME`, `${NAME}` and `${NAME:-default}` are expanded (see ``VariableExpansion``); then the files named by `include` replace
/// the sections that they contain. Variables that are missing from the environment come from the file that `DOTENV_PATH` names,
/// and, with experimental features, from the one that `envfile` names.
/// Source: RoadRunner's documentation, "Configuration", and the behaviour of its `config` plugin.
public struct ConfigurationFile: Sendable, Hashable {
    /// The whole configuration: a map.
    public let root: ConfigurationValue
    /// The file as written, without its includes. In ``root`` empty maps and lists are dropped, as they are for RoadRunner's
    /// plugins, which still look up some of them by name.
    package let written: ConfigurationValue

    /// The value of a section, such as `kv`.
    public subscript(section: String) -> ConfigurationValue? { self.root[section] }

    /// Reads a file, and the files that it refers to.
    ///
    /// - Parameters:
    ///   - path: the path of the file, such as `.rr.yaml`.
    ///   - environment: the variables for the expansion.
    ///   - workingDirectory: the directory given to `rr -w`. When nil it is the folder of the file, to which RoadRunner changes
    ///     by itself. All paths are relative to it except that of `envfile`, which is relative to the folder of the file.
    ///   - experimental: whether RoadRunner runs with `-e`. Otherwise it ignores `envfile`.
    /// - Throws: ``ConfigurationFileError``.
    public static func read(
        path: String, environment: [String: String], workingDirectory: String? = nil, experimental: Bool = false
    ) async throws(ConfigurationFileError) -> ConfigurationFile {
        let start = workingDirectory.map { FilePath($0).pushing(FilePath(path)) } ?? FilePath(path)
        let directory = workingDirectory.map { FilePath($0) } ?? start.removingLastComponent()
        var environment = environment
        func add(_ path: FilePath, _ key: String) throws(ConfigurationFileError) {
            // Variables that are set already win over the file, even when they are empty.
            environment.merge(try Self.variables(path.string, key)) { set, _ in set }
        }

        if let name = environment["DOTENV_PATH"], !name.isEmpty { try add(directory.pushing(FilePath(name)), "DOTENV_PATH") }
        let file = try Self.parse(file: start.string) { .unreadable($0, $1) }
        if experimental, let name = Self.name(file["envfile"]) {
            try add(start.removingLastComponent().appending(FilePath(name).components), "envfile")
        }
        var sections = ConfigurationSections(file) { environment[$0] }
        let version = try Self.version(sections["version"], start.string)
        for name in Self.includes(sections["include"]) {
            let path = directory.pushing(FilePath(name)).string
            let included = try Self.parse(file: path) { .unreadable(include: $0, $1) }
            // RoadRunner compares the version as written, unexpanded.
            guard try Self.version(included["version"], path) == version else { throw .includeVersionMismatch(path) }
            sections.include(ConfigurationSections(included) { environment[$0] })
        }
        return ConfigurationFile(root: sections.root, written: .map(file))
    }

    /// Parses a string, and expands it with `environment`. `include` and `envfile` are not followed.
    public static func parse(
        _ yaml: String, from path: String = ".rr.yaml", environment: [String: String]
    ) throws(ConfigurationFileError) -> ConfigurationFile {
        let file = try YAMLTree.parse(yaml, path)
        return ConfigurationFile(root: ConfigurationSections(file) { environment[$0] }.root, written: .map(file))
    }

    // MARK: Referenced files

    private static func version(_ value: ConfigurationValue?, _ path: String) throws(ConfigurationFileError) -> String {
        guard let version = value?.string else { throw .malformed(path, "its version must be a string, version: \"3\"") }
        return version
    }

    /// A list of names, or a string with spaces between them.
    private static func includes(_ value: ConfigurationValue?) -> [String] {
        value?.list?.compactMap(\.string) ?? value?.string?.split(whereSeparator: \.isWhitespace).map(String.init) ?? []
    }

    private static func name(_ value: ConfigurationValue?) -> String? {
        switch value {
        case .string(let name)?: name.isEmpty ? nil : name
        case .integer(let number)?: String(number)
        default: nil
        }
    }

    // MARK: Reading

    private static func variables(_ path: String, _ key: String) throws(ConfigurationFileError) -> [String: String] {
        let file: EnvironmentFile?
        do throws(EnvironmentFileError) { file = try EnvironmentFile(path: path) } catch { throw .variables(path, key, error) }
        guard let file else { throw .missingVariables(path, key) }
        return file.variables
    }

    private static func parse(
        file path: String, orThrow error: (String, String) -> ConfigurationFileError
    ) throws(ConfigurationFileError) -> [String: ConfigurationValue] {
        let bytes: [UInt8]
        do throws(SmallFileError) {
            bytes = try SmallFile.bytes(of: path, upTo: Self.maximumSize)
        } catch let problem {
            throw error(path, "\(problem)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed(path, "it is not UTF-8") }
        return try YAMLTree.parse(text, path)
    }

    /// Configuration files are small; a larger file is something else.
    private static let maximumSize = 4 * 1024 * 1024
}
