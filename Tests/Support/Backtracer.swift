import Foundation

/// Takes the place of Swift's backtracer: it writes a line, and goes on until it is told to end.
package struct Backtracer: Sendable {
    /// What it writes.
    package static let text = "a backtrace that takes its time"

    private let folder: String

    /// - Parameter folder: where it is put.
    package init(in folder: String) throws {
        self.folder = folder
        let script = """
            #!/bin/sh
            echo '\(Self.text)' >&2
            while [ ! -e '\(folder)/finish' ]; do sleep 0.05; done
            echo 'it has ended' >&2
            """
        let path = "\(folder)/backtracer"
        try Data(script.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    }

    /// For a program that shall use it.
    package var environment: [String: String] { ["SWIFT_BACKTRACE": "enable=yes,swift-backtrace=\(self.folder)/backtracer"] }

    /// Lets it end.
    package func finish() throws { try Data().write(to: URL(filePath: "\(self.folder)/finish")) }
}
