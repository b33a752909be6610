#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a command prints, and who looks at it.
package struct Console: Sendable {
    /// How texts look.
    package enum Style: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    /// Whether somebody watches: progress bars and questions make sense.
    package let isInteractive: Bool
    /// Whether texts may be coloured.
    package let isColoured: Bool
    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void
    private let input: @Sendable () -> String?

    /// - Parameters:
    ///   - output: takes what the command is about, and `errors` the rest.
    ///   - input: gives a line of what is typed; nil when there are no more.
    package init(
        isInteractive: Bool = false, isColoured: Bool = false, output: @escaping @Sendable (String) -> Void,
        errors: @escaping @Sendable (String) -> Void, input: @escaping @Sendable () -> String? = { nil }
    ) {
        self.isInteractive = isInteractive
        self.isColoured = isColoured
        self.output = output
        self.errors = errors
        self.input = input
    }

    /// The one of this process.
    package static func ofProcess(_ variables: [String: String]) -> Console {
        let isTerminal = isatty(0) == 1 && isatty(1) == 1 && isatty(2) == 1
        return Console(
            isInteractive: isTerminal && variables["TERM"] != "dumb",
            isColoured: isatty(1) == 1 && isatty(2) == 1 && Self.allowsColours(variables),
            output: { Self.write($0, to: 1) }, errors: { Self.write($0, to: 2) }, input: { readLine() })
    }

    /// `NO_COLOR` and terminals that know no colours.
    package static func allowsColours(_ variables: [String: String]) -> Bool {
        (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
    }

    // MARK: Printing

    /// Prints a line that the command is about.
    package func print(_ line: String) { self.output(line + "\n") }

    /// Prints a line for whoever watches.
    package func printError(_ line: String) { self.errors(line + "\n") }

    /// Prints something that is no whole line, for whoever watches.
    package func writeError(_ text: String) { self.errors(text) }

    /// Tells of a failure.
    package func error(_ error: ToolError) {
        self.printError("\(self.styled("error:", .red)) \(error)")
        if let remedy = error.remedy { self.printError("  \(self.styled("→", .yellow)) \(remedy)") }
    }

    /// A line that was typed; nil when there are no more.
    package func readLine() -> String? { self.input() }

    package func styled(_ text: String, _ style: Style) -> String {
        self.isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    private static func readLine() -> String? { Swift.readLine(strippingNewline: true) }

    private static func write(_ text: String, to descriptor: CInt) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { buffer in
                #if canImport(Darwin)
                Darwin.write(descriptor, buffer.baseAddress, buffer.count)
                #elseif canImport(Glibc)
                Glibc.write(descriptor, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                Musl.write(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            // Nobody reads any more.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
