public import RoadRunnerRuntime

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads `.rr.yaml` for the runtime when RoadRunner cannot be asked, for example in a container build.
///
/// ```swift
/// static var options: RuntimeOptions {
///     RuntimeOptions(configurationReader: YAMLConfigurationReader())
/// }
/// ```
public struct YAMLConfigurationReader: ServerConfigurationReader {
    private let workingDirectory: String?
    private let experimental: Bool

    /// Creates a reader that expands variables from the process's environment.
    ///
    /// - Parameters:
    ///   - workingDirectory: the directory given to `rr -w`; nil without `-w`.
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
        // JSON has no infinities; a configuration that contains one gets null in its place.
        case .number(let value): try value.isFinite ? container.encode(value) : container.encodeNil()
        case .string(let value): try container.encode(value)
        case .list(let elements): try container.encode(elements)
        case .map(let entries): try container.encode(entries)
        }
    }
}
