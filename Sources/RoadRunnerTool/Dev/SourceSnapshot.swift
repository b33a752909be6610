import Foundation
import Goridge

/// The files of a project that affect a build, with their times and sizes.
struct SourceSnapshot: Sendable, Hashable {
    /// The maximum number of files.
    private static let maximumFiles = 50_000
    private static let maximumDepth = 32

    private var files: [String: FileStatus] = [:]

    /// - Parameters:
    ///   - folder: the package's folder.
    ///   - others: additional files and folders.
    static func take(of folder: String, and others: [String]) -> SourceSnapshot {
        var snapshot = SourceSnapshot()
        for name in ["Package.swift", "Package.resolved", ".env", "Sources", "Plugins"] {
            snapshot.add("\(folder)/\(name)", depth: 0)
        }
        for path in others { snapshot.add(path, depth: 0) }
        return snapshot
    }

    private mutating func add(_ path: String, depth: Int) {
        guard self.files.count < Self.maximumFiles, depth < Self.maximumDepth else { return }
        guard let status = try? FileStatus(path: path, followsLinks: true) else { return }
        guard status.isFolder else {
            self.files[path] = status
            return
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] where !name.hasPrefix(".") {
            self.add("\(path)/\(name)", depth: depth + 1)
        }
    }

    /// Returns the files that were changed, added or removed.
    func changes(since before: SourceSnapshot) -> [String] {
        Set(self.files.keys).union(before.files.keys).filter { self.files[$0] != before.files[$0] }.sorted()
    }
}
