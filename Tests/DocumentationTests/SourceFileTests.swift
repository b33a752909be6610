import Foundation
import TestSupport
import Testing

/// Files keep to CONTRIBUTING: a type has the file of its name, and files are short.
@Suite struct SourceFileTests {
    /// Types that are parts of one idea, and are named after it.
    private static let familyFiles: Set = ["FormContainers"]

    private struct SourceFile {
        let path: String
        let name: String
        let text: String
    }

    private static func files(in folders: String...) throws -> [SourceFile] {
        var files: [SourceFile] = []
        for folder in folders {
            let root = Checkout.root.appending(path: folder)
            let paths = try #require(FileManager.default.enumerator(atPath: root.path()))
            for case let path as String in paths where path.hasSuffix(".swift") {
                // Generated code, the steps of the tutorial, and other people's code are exceptions.
                if path.hasSuffix(".pb.swift") || path.contains(".docc/") || path.contains(".build") { continue }
                let url = root.appending(path: path)
                let text = try String(contentsOf: url, encoding: .utf8)
                files.append(
                    SourceFile(path: "\(folder)/\(path)", name: url.deletingPathExtension().lastPathComponent, text: text))
            }
        }
        try #require(files.count > 100)
        return files
    }

    @Test func filesHaveFewerThan400Lines() throws {
        for file in try Self.files(in: "Sources", "Tests", "Examples", "Benchmarks") {
            let count = file.text.utf8.count { $0 == UInt8(ascii: "\n") }
            #expect(count < 400, "\(file.path) has \(count) lines")
        }
    }

    @Test func typesAreInFilesOfTheirNames() throws {
        let declaration = /(?m)^(?:(?:public|package|final|indirect) )*(?:struct|class|enum|actor|protocol) (\w+)/
        for file in try Self.files(in: "Sources") where !Self.familyFiles.contains(file.name) {
            for match in file.text.matches(of: declaration) {
                #expect(String(match.1) == file.name, "\(file.path) declares \(match.1)")
            }
        }
    }

    @Test func suitesAreInFilesOfTheirNames() throws {
        // Its traits may take several lines.
        let suite = /(?m)^@Suite(?:\((?s:.*?)\))?\s+(?:final )?(?:struct|class|actor) (\w+)/
        var count = 0
        for file in try Self.files(in: "Tests", "Examples") {
            for match in file.text.matches(of: suite) {
                #expect(String(match.1) == file.name, "\(file.path) has the suite \(match.1)")
                count += 1
            }
        }
        #expect(count > 200)
    }
}
