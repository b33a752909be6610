import Foundation

/// Takes the place of Swift's backtracer: it writes a line, and goes on until it is told to end, or its folder is gone.
package struct Backtracer: Sendable {
    /// What it writes.
    package static let text = "a backtrace that takes its time"

    private let folder: String

    /// - Parameter folder: where it is found.
    package init(in folder: String) throws {
        self.folder = folder
        // A link: a program that was written this moment cannot always be run, since a process that was started meanwhile may have it open.
        let program = Recording.fixtures.appending(path: "backtracer")
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/backtracer", withDestinationPath: program.path())
    }

    /// For a program that is to use it.
    package var environment: [String: String] { ["SWIFT_BACKTRACE": "enable=yes,swift-backtrace=\(self.folder)/backtracer"] }

    /// Lets it end.
    package func finish() throws { try Data().write(to: URL(filePath: "\(self.folder)/finish")) }
}
