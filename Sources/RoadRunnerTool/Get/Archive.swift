import Foundation
import Goridge

/// The archive of a release, which the system's `tar` unpacks.
struct Archive: Sendable {
    let path: String
    let release: Release

    /// Unpacks only the program, so nothing else in the archive is written.
    ///
    /// - Parameter folder: an empty folder.
    /// - Returns: the program's path.
    func unpack(into folder: String, _ surroundings: Surroundings) async throws(ToolError) -> String {
        guard let tar = surroundings.program("tar") else {
            throw ToolError(.notStarted, "there is no tar on the PATH, which unpacks the release", remedy: "install tar")
        }
        let member = "\(self.release.name)/rr"
        let result = try await Subprogram(
            tar, ["-xzf", self.path, "-C", folder, member], variables: surroundings.variables, directory: folder
        ).run(within: .seconds(300))
        let program = "\(folder)/\(member)"
        guard result.isSuccess else {
            throw ToolError(
                .brokenArchive, "\(self.release.archiveURL) has no \(member), or is not an archive: \(result.errors.prefix(500))")
        }
        guard (try? FileStatus(path: program, followsLinks: false))?.isRegular == true else {
            throw ToolError(.brokenArchive, "\(member) of \(self.release.archiveURL) is not a file")
        }
        do {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        } catch {
            throw ToolError(.unwritable, "\(program) cannot be made executable")
        }
        return program
    }
}
