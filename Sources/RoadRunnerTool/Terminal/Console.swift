#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The output and input of a command.
package struct Console: Sendable {
    /// The style of a text.
    package enum Style: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    /// Whether output goes to a terminal: progress bars and questions are shown.
    package let isInteractive: Bool
    /// Whether output may be coloured.
    package let isColoured: Bool
    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void
    private let input: @Sendable () -> String?

    /// - Parameters:
    ///   - output: receives the command's results, and `errors` everything else.
    ///   - input: returns a typed line; nil when there are no more.
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

    /// The console of this process.
    package static func ofProcess(_ variables: [String: String]) -> Console {
        let isTerminal = isatty(0) == 1 && isatty(1) == 1 && isatty(2) == 1
        return Console(
            isInteractive: isTerminal && variables["TERM"] != "dumb",
            isColoured: isatty(1) == 1 && isatty(2) == 1 && Self.allowsColours(variables),
            output: { Self.write($0, to: 1) }, errors: { Self.write($0, to: 2) }, input: { readLine() })
    }

    /// Whether colours are allowed: not by `NO_COLOR`, nor on terminals without colours.
    package static func allowsColours(_ variables: [String: String]) -> Bool {
        (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
    }

    // MARK: Printing

    /// Prints a line of the command's result.
    package func print(_ line: String) { self.output(line + "\n") }

    /// Prints a line of progress or diagnostics.
    package func printError(_ line: String) { self.errors(line + "\n") }

    /// Prints a part of a line of progress or diagnostics.
    package func writeError(_ text: String) { self.errors(text) }

    /// Prints an error.
    package func error(_ error: ToolError) {
        self.printError("\(self.styled("error:", .red)) \(error)")
        if let remedy = error.remedy { self.printError("  \(self.styled("→", .yellow)) \(remedy)") }
    }

    /// Returns a typed line; nil when there are no more.
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
            // The reader is gone.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
