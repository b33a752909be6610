import Foundation

/// The place of the program that is served. What is there is replaced at once: whoever starts it meanwhile gets the old or the new one.
struct ServedProgram: Sendable {
    /// Beside the program, so that it finds its resources.
    let path: String
    /// The program as it is built.
    let built: String
    /// The page that is there in place of the program.
    let page: String

    init(_ product: String, in binaries: String) {
        self.built = "\(binaries)/\(product)"
        self.path = "\(self.built).dev"
        self.page = "\(self.built).dev.html"
    }

    /// Puts the program there as it has just been built. The compiler writes the next one elsewhere.
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

    /// Puts a program there that shows a page.
    ///
    /// - Parameter tool: this tool, which can be RoadRunner's worker.
    func show(_ page: DevPage, by tool: String) throws(ToolError) {
        try Paths.write(page.html, to: self.page)
        let draft = Paths.draft(of: self.path)
        do {
            try FileManager.default.createSymbolicLink(atPath: draft, withDestinationPath: tool)
        } catch {
            throw ToolError(.unwritable, "\(draft) cannot be made: \(error.localizedDescription)")
        }
        try Paths.move(draft, to: self.path)
    }
}
