import Foundation

/// Replaces Swift's backtracer: writes a line, and runs until `finish` is called, or its folder is gone.
package struct Backtracer: Sendable {
    /// The line that it writes.
    package static let text = "a backtrace that takes its time"

    private let folder: String

    /// - Parameter folder: the folder in which it is found.
    package init(in folder: String) throws {
        self.folder = folder
        // A link: a program written a moment ago may fail to run, since a process started meanwhile may have it open for writing.
        let program = Checkout.root.appending(path: "Tests/Programs/backtracer")
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/backtracer", withDestinationPath: program.path())
    }

    /// The environment of a program that uses it.
    package var environment: [String: String] { ["SWIFT_BACKTRACE": "enable=yes,swift-backtrace=\(self.folder)/backtracer"] }

    /// Makes it exit.
    package func finish() throws { try Data().write(to: URL(filePath: "\(self.folder)/finish")) }
}
