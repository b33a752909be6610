public import RoadRunnerRuntime

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads `.rr.yaml` for the runtime, where RoadRunner cannot be asked: in a container build, say.
///
/// ```swift
/// static var options: RuntimeOptions {
///     var options = RuntimeOptions()
///     options.configurationReader = YAMLConfigurationReader()
///     return options
/// }
/// ```
public struct YAMLConfigurationReader: ServerConfigurationReader {
    private let workingDirectory: String?
    private let experimental: Bool

    /// It expands variables from the process's environment.
    ///
    /// - Parameters:
    ///   - workingDirectory: where `rr -w` says that RoadRunner runs; nil where it does not.
    ///   - experimental: whether RoadRunner runs with `-e`.
    public init(workingDirectory: String? = nil, experimental: Bool = false) {
        self.workingDirectory = workingDirectory
        self.experimental = experimental
    }

    public func json(ofFileAt path: String) async throws -> [UInt8] {
        let file = try await ConfigurationFile.read(
            path: path, environment: ProcessInfo.processInfo.environment, workingDirectory: self.workingDirectory,
            experimental: self.experimental)
        return Array(try JSONEncoder().encode(file.root))
    }
}

extension ConfigurationValue: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        // JSON has no infinities; where one is written it means nothing to us.
        case .number(let value): try value.isFinite ? container.encode(value) : container.encodeNil()
        case .string(let value): try container.encode(value)
        case .list(let elements): try container.encode(elements)
        case .map(let entries): try container.encode(entries)
        }
    }
}
