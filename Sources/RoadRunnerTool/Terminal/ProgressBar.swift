/// A bar that shows the progress of a download, on terminals only.
package struct ProgressBar: Sendable {
    /// The bar's width in characters.
    private static let width = 30

    private let console: Console
    private let title: String
    private let total: Int?
    private var done = 0
    private var shown: String?
    private var next: ContinuousClock.Instant?

    /// - Parameter total: the size in bytes; nil if unknown.
    package init(_ title: String, total: Int?, on console: Console) {
        self.title = title
        self.total = total.flatMap { $0 > 0 ? $0 : nil }
        self.console = console
    }

    /// Adds received bytes.
    package mutating func advance(by count: Int, now: ContinuousClock.Instant = .now) {
        self.done = self.done.addingReportingOverflow(count).partialValue
        guard self.console.isInteractive, self.next.map({ now >= $0 }) ?? true else { return }
        self.next = now + .milliseconds(100)
        self.show()
    }

    /// Ends the line, and leaves the last state visible.
    package mutating func finish() {
        guard self.console.isInteractive else { return }
        self.show()
        self.console.writeError("\n")
    }

    private mutating func show() {
        let line = Self.line(self.title, done: self.done, total: self.total)
        guard line != self.shown else { return }
        self.shown = line
        // Returns to the beginning of the line, and erases the rest.
        self.console.writeError("\r\(line)\u{1B}[K")
    }

    static func line(_ title: String, done: Int, total: Int?) -> String {
        guard let total else { return "\(title)  \(Self.size(done))" }
        let part = min(1, Double(done) / Double(total))
        let filled = Int(part * Double(Self.width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        return "\(title)  \(bar)  \(Int(part * 100)) %  \(Self.size(done)) of \(Self.size(total))"
    }

    static func size(_ bytes: Int) -> String {
        guard bytes >= 1_000_000 else { return "\(bytes / 1000) kB" }
        let tenths = bytes / 100_000
        return "\(tenths / 10).\(tenths % 10) MB"
    }
}
