import Foundation

/// The path of the program that is served. It is replaced atomically: a process that starts meanwhile is the old or the new
/// program.
struct ServedProgram: Sendable {
    /// Beside the built program, so that it finds its resources.
    let path: String
    /// The program as it was built.
    let built: String
    /// The page that is shown in place of the program.
    let page: String

    init(_ product: String, in binaries: String) {
        self.built = "\(binaries)/\(product)"
        self.path = "\(self.built).dev"
        self.page = "\(self.built).dev.html"
    }

    /// Installs the program that was just built. The compiler writes the next one elsewhere.
    func install() throws(ToolError) {
        let draft = Paths.draft(of: self.path)
        do {
            try FileManager.default.copyItem(atPath: self.built, toPath: draft)
        } catch {
            Paths.remove(draft)
            throw ToolError(.unwritable, "\(self.built) cannot be copied: \(error.localizedDescription)")
        }
        try Paths.move(draft, to: self.path)
    }

    /// Installs a program that shows a page.
    ///
    /// - Parameter tool: this tool, which can act as RoadRunner's worker.
    func show(_ page: DevPage, by tool: String) throws(ToolError) {
        try Paths.write(page.html, to: self.page)
        let draft = Paths.draft(of: self.path)
        do {
            try FileManager.default.createSymbolicLink(atPath: draft, withDestinationPath: tool)
        } catch {
            throw ToolError(.unwritable, "\(draft) cannot be created: \(error.localizedDescription)")
        }
        try Paths.move(draft, to: self.path)
    }
}
