import ExampleProgram
import Foundation
import Testing

/// Compares the responses to the curl lines of the examples' READMEs with the `# → text` after them.
@Suite(.timeLimit(.minutes(5)), .serialized) struct ReadmeTests {
    private static let examples = [
        "Hello", "Streaming", "FilesAndUploads", "LoginSession", "Chat", "EncryptedCache", "Database", "SharedPool", "Native",
    ]
    private static let hasCurl = FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")
    private static let roadRunner = ProcessInfo.processInfo.environment["RR_BINARY"]

    @Test(.enabled(if: hasCurl, "curl is not installed"), arguments: examples)
    func alone(example: String) async throws {
        try await ExampleProgram.with(example) { try Self.runLines(of: example, $0) }
    }

    /// The curl lines of the chat call Centrifugo.
    @Test(
        .enabled(if: hasCurl, "curl is not installed"), .enabled(if: roadRunner != nil, "RR_BINARY names no RoadRunner"),
        arguments: examples.filter { $0 != "Chat" })
    func throughRoadRunner(example: String) async throws {
        let roadRunner = try #require(Self.roadRunner)
        try await ExampleProgram.with(example, roadRunner: roadRunner) { try Self.runLines(of: example, $0) }
    }

    /// The table lists all examples, and those not served here have their own tests.
    @Test func allExamplesAreListed() throws {
        let page = try String(contentsOf: ExampleProgram.examples.appending(path: "README.md"), encoding: .utf8)
        let listed = Set(page.matches(of: /(?m)^\| \[(\w+)\]/).map { String($0.1) })
        let folders = try FileManager.default.contentsOfDirectory(atPath: ExampleProgram.examples.path()).filter {
            FileManager.default.fileExists(atPath: ExampleProgram.examples.appending(path: "\($0)/README.md").path())
        }
        #expect(listed == Set(folders))
        #expect(listed == Set(Self.examples + ["OwnPlugin", "Demo"]))
    }

    /// Without `-w .` RoadRunner changes into the folder of the configuration, where no program is built.
    @Test func roadRunnerStaysInTheFolder() throws {
        var served: Set<String> = []
        for example in Self.examples + ["OwnPlugin", "Demo"] {
            let page = try String(contentsOf: ExampleProgram.examples.appending(path: "\(example)/README.md"), encoding: .utf8)
            for line in page.split(separator: "\n") where line.hasPrefix("rr serve") {
                #expect(line == "rr serve -w . -c \(example)/.rr.yaml")
                served.insert(example)
            }
        }
        #expect(served == Set(Self.examples + ["OwnPlugin"]))
    }

    private static func runLines(of example: String, _ program: ExampleProgram) throws {
        let page = ExampleProgram.examples.appending(path: "\(example)/README.md")
        try FileManager.default.copyItem(at: page, to: URL(filePath: "\(program.folder)/README.md"))
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("curl ") }
        try #require(!lines.isEmpty)
        for line in lines {
            let parts = line.split(separator: "# →", maxSplits: 1)
            let command = String(parts[0]).replacing("curl ", with: "curl -sS ", maxReplacements: 1)
                .replacing("http://127.0.0.1:8080", with: program.address)
            let (status, output) = try Self.shell(command, in: program.folder)
            if parts.count == 2 {
                let expected = parts[1].trimmingCharacters(in: .whitespaces)
                #expect(output.contains(expected), "\(line): \(output)")
            } else if example != "Chat" {
                // Centrifugo does not run here.
                #expect(status == 0, "\(line): \(output)")
            }
        }
    }

    private static func shell(_ command: String, in folder: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "{ \(command); } > output 2>&1"]
        process.currentDirectoryURL = URL(filePath: folder)
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOfFile: "\(folder)/output", encoding: .utf8))
    }
}
