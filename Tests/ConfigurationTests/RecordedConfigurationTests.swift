import Foundation
import RoadRunnerConfiguration
import TestSupport
import Testing

/// Compares files with the results of RoadRunner's own command line and `config` plugin, which are recorded in
/// `Tests/Fixtures/configuration-files.json`.
@Suite struct RecordedConfigurationTests {
    struct Case: Decodable, CustomTestStringConvertible {
        let name: String
        let files: [String: String]
        let config: String
        let workDir: String?
        let experimental: Bool?
        let environment: [String: String]?
        let result: [String: Value]?
        let error: Bool?

        var testDescription: String { self.name }

        static let all: [Case] =
            (try? JSONDecoder().decode(
                [Case].self, from: Data(contentsOf: Recording.fixtures.appending(path: "configuration-files.json")))) ?? []
    }

    /// A value as in JSON, which does not distinguish 1 from 1.0.
    struct Value: Decodable {
        let value: ConfigurationValue

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self.value = .null
            } else if let flag = try? container.decode(Bool.self) {
                self.value = .bool(flag)
            } else if let number = try? container.decode(Double.self) {
                self.value = .number(number)
            } else if let text = try? container.decode(String.self) {
                self.value = .string(text)
            } else if let elements = try? container.decode([Value].self) {
                self.value = .list(elements.map(\.value))
            } else {
                self.value = .map(try container.decode([String: Value].self).mapValues(\.value))
            }
        }
    }

    private static func normalized(_ value: ConfigurationValue) -> ConfigurationValue {
        switch value {
        case .integer(let number): .number(Double(number))
        case .list(let elements): .list(elements.map(Self.normalized))
        case .map(let entries): .map(entries.mapValues(Self.normalized))
        case .null, .bool, .number, .string: value
        }
    }

    @Test func thereAreRecordings() { #expect(Case.all.count >= 50) }

    @Test(arguments: Case.all)
    func filesAreReadAsByRoadRunner(_ recorded: Case) async throws {
        try await withTemporaryDirectory { directory in
            let folder = directory + "/"
            for (name, text) in recorded.files {
                let file = URL(filePath: folder + name)
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            func read() async throws -> ConfigurationFile {
                try await ConfigurationFile.read(
                    path: recorded.workDir == nil ? folder + recorded.config : recorded.config,
                    environment: recorded.environment ?? [:], workingDirectory: recorded.workDir.map { folder + $0 },
                    experimental: recorded.experimental ?? false)
            }
            guard let result = recorded.result else {
                await #expect(throws: ConfigurationFileError.self) { _ = try await read() }
                return
            }
            // An empty section counts as missing.
            let sections = try await read().root.map?.filter { $0.value != .null }
            #expect(Self.normalized(.map(sections ?? [:])) == .map(result.mapValues(\.value)))
        }
    }
}
