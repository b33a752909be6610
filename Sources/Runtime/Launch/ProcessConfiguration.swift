public import Configuration

/// The configuration of a process: its environment, then the file `.env` in the working directory.
package struct ProcessConfiguration: Sendable {
    /// The variables that RoadRunner passes to the processes that it starts. They cannot be set in a file: a process would take
    /// itself for a worker of a pool that does not exist.
    package static let environmentOnly = ["RR_MODE", "RR_RELAY", "RR_RPC", "RR_VERSION"]

    /// The reader of the whole configuration.
    package let reader: ConfigReader
    /// The names of ``environmentOnly`` that are in `.env`, where they are ignored.
    package let ignored: [String]

    /// - Parameter path: the path of the file.
    /// - Throws: an error when the file exists but cannot be read.
    package init(path: String = ".env") throws(EnvironmentFileError) {
        let file = try EnvironmentFile(path: path)
        self.init(
            environment: EnvironmentVariablesProvider(),
            file: EnvironmentVariablesProvider(environmentVariables: file?.variables ?? [:]))
    }

    package init(environment: EnvironmentVariablesProvider, file: EnvironmentVariablesProvider) {
        self.ignored = Self.environmentOnly.filter { (try? file.environmentValue(forName: $0)) ?? nil != nil }
        let visible = file.mapKeys { key in
            let name = key.components.joined(separator: "_").uppercased()
            guard Self.environmentOnly.contains(name) else { return key }
            return AbsoluteConfigKey(["ignored"] + key.components, context: key.context)
        }
        self.reader = ConfigReader(providers: [environment, visible])
    }

    /// The line for the operator about ``ignored``; nil when there is none.
    package var notice: String? {
        guard !self.ignored.isEmpty else { return nil }
        return """
            ignored in .env: \(self.ignored.joined(separator: ", ")). RoadRunner's \
            \(Self.environmentOnly.joined(separator: ", ")) are read from the process's environment only
            """
    }
}

extension ConfigReader {
    /// Returns the value of a key, if it is set: an empty value, such as `KEY=` in a `.env` file, counts as not set.
    ///
    /// - Parameter isSecret: whether the value is a secret, which access reporters must not log.
    public func text(_ key: ConfigKey, isSecret: Bool = false) -> String? {
        self.string(forKey: key, isSecret: isSecret).flatMap { $0.isEmpty ? nil : $0 }
    }
}
