#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A folder with the files of crashes: `crash-TIME-PID.new`, and `.log` once a later process has claimed one.
package struct CrashFolder: Sendable, Hashable {
    /// The number of files that are kept.
    package static let keptCount = 10

    /// The path, which is absolute, since the program may change its working directory.
    package let path: String

    package init(path: String) { self.path = path }

    /// Returns the folder for crash files, and the one to use when that fails.
    package static func folders(_ options: RuntimeOptions) -> (first: CrashFolder, fallback: CrashFolder) {
        let path = options.crashLogDirectory
        let absolute = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        // The fallback is shared with other programs and users, so its name has both.
        let program = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "program"
        return (CrashFolder(path: absolute), CrashFolder(path: "\(SystemFolder.temporary)/\(program)-crashes-\(geteuid())"))
    }

    /// The files that no process has claimed, the oldest first.
    package var unclaimed: [String] { self.files.filter { $0.hasSuffix(".new") } }

    /// All files, the oldest first: their names begin with the time.
    private var files: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: self.path)) ?? []
        return names.filter { $0.hasPrefix("crash-") && ($0.hasSuffix(".new") || $0.hasSuffix(".log")) }.sorted()
    }

    /// Removes all but the newest files.
    package func prune() {
        for name in self.files.dropLast(Self.keptCount) { unlink("\(self.path)/\(name)") }
    }
}
