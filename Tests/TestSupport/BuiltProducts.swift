import Foundation
import Synchronization
import Testing

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Executables that are built beside the tests.
package enum BuiltProducts {
    /// The path of one of this package's executables.
    package static func path(_ name: String) -> String { "\(self.folder)/\(name)" }

    /// The path of one from the package `Examples`, which is built into the same folder. The test fails if it is missing, or
    /// older than the modules it links.
    package static func example(_ name: String) -> String {
        let path = self.path(name)
        if let problem = self.problem(with: path) {
            Issue.record("\(path) \(problem). Run: scripts/examples build")
        }
        return path
    }

    private static let folder: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        #if canImport(Darwin)
        let path = CommandLine.arguments[0]
        _ = buffer
        #else
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #endif
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }()

    private static let problems = Mutex<[String: String?]>([:])

    private static func problem(with path: String) -> String? {
        if let known = self.problems.withLock({ $0[path] }) { return known }
        let problem: String?
        if let built = self.date(of: path) {
            let newer = self.linked.first { module in
                let objects = "\(self.folder)/\(module).build"
                let names = (try? FileManager.default.contentsOfDirectory(atPath: objects)) ?? []
                return names.contains { $0.hasSuffix(".o") && (self.date(of: "\(objects)/\($0)") ?? built) > built }
            }
            problem = newer.map { "is older than the module \($0)" }
        } else {
            problem = "is missing"
        }
        self.problems.withLock { $0[path] = problem }
        return problem
    }

    /// The modules that all examples link.
    private static let linked = ["Goridge", "HTTPWorker", "RoadRunner", "RoadRunnerRuntime", "RoadRunnerWeb", "Standalone"]

    private static func date(of path: String) -> Date? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
    }
}
