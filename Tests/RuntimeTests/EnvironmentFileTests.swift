import Foundation
import TestSupport
import Testing

@testable import RoadRunnerRuntime

@Suite struct EnvironmentFileTests {
    /// A text, and godotenv's result for it.
    struct Recorded: Decodable {
        let text: String
        let variables: [String: String]?
        let error: Bool?

        static let all: [Recorded] =
            (try? JSONDecoder().decode(
                [Recorded].self, from: Data(contentsOf: Recording.fixtures.appending(path: "environment-files.json")))) ?? []
    }

    /// Common texts, and random ones.
    @Test func textsAreParsedAsByRoadRunner() {
        #expect(Recorded.all.count == 900)
        for recorded in Recorded.all where !recorded.text.hasPrefix("\u{FEFF}") {
            let variables = try? EnvironmentFile(parsing: recorded.text, path: ".env").variables
            #expect(variables == (recorded.error == true ? nil : recorded.variables ?? [:]), "\(recorded.text.debugDescription)")
        }
    }

    @Test func aByteOrderMarkIsSkipped() throws {
        #expect(try EnvironmentFile(parsing: "\u{FEFF}A=1", path: ".env").variables == ["A": "1"])
    }

    @Test(arguments: [
        ("A=1\r\nB=\"hunter2", 2), ("A=1\n\n# c\nhunter2\nB=1", 4), ("A=1\nhunter2-x=1", 2), ("A='1\n2'\nB='hunter2\nx", 3),
    ])
    func errorsNameTheLineAndNothingOfTheFile(_ text: String, _ line: Int) {
        let error = #expect(throws: EnvironmentFileError.self) { try EnvironmentFile(parsing: text, path: "conf/.env") }
        #expect(error?.description.contains("line \(line) of the file conf/.env") == true)
        #expect(error?.description.contains("hunter2") == false)
        #expect(error?.isMalformed == true)
    }

    @Test func unreadableFilesAreErrors() async throws {
        try await withTemporaryDirectory { folder in
            #expect(try EnvironmentFile(path: folder + "/missing") == nil)
            let error = #expect(throws: EnvironmentFileError.self) { try EnvironmentFile(path: folder) }
            #expect(error?.isMalformed == false)
            #expect(error?.description.contains(folder) == true)
            try Data(repeating: 65, count: 2 * 1024 * 1024).write(to: URL(filePath: folder + "/large"))
            #expect(throws: EnvironmentFileError.self) { try EnvironmentFile(path: folder + "/large") }
        }
    }
}
