import Foundation

/// The files of crashes in a folder.
struct CrashFiles {
    let folder: String

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: self.folder))?.sorted() ?? [] }

    func text(_ name: String) -> String { (try? String(contentsOfFile: "\(self.folder)/\(name)", encoding: .utf8)) ?? "" }

    /// Waits for a file that contains `text`, and in which the handler's part is complete.
    func wait(for text: String, seconds: Double = 60) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            for name in self.names {
                let content = self.text(name)
                if content.contains(text), content.contains("\n\n") { return name }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Missing(description: "no file with \"\(text)\" in \(self.folder): \(self.names.map { "\($0): \(self.text($0))" })")
    }

    private struct Missing: Error, CustomStringConvertible { let description: String }
}
