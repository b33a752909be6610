import Foundation

@testable import RoadRunnerTool

/// Files of a test.
enum TestFile {
    static func write(_ text: String, to path: String, mode: Int = 0o644) throws {
        try FileManager.default.createDirectory(
            atPath: Paths.folder(of: path), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    static func read(_ path: String) throws -> String { try String(contentsOf: URL(filePath: path), encoding: .utf8) }

    static func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }

    /// The paths of all files below a folder.
    static func names(in folder: String) throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: folder))
    }

    /// A program that claims to be RoadRunner.
    static let fakeRoadRunner = "#!/bin/sh\necho \"rr version 2025.1.15 (build time: now, go1.26), OS: linux, arch: amd64\"\n"
}
