package import Configuration

/// Reads options from the environment and `.env`. An empty value, such as `KEY=` in a `.env` file, counts as not set.
///
/// Keys are written with dots: `http.port` is the variable `HTTP_PORT`.
public struct OptionReader: Sendable {
    private let configuration: ConfigReader

    package init(_ configuration: ConfigReader) { self.configuration = configuration }

    /// Reads a string; nil when the key is not set.
    ///
    /// - Parameter isSecret: whether the value is a secret, which access reporters must not log.
    public func text(_ key: String, isSecret: Bool = false) -> String? {
        self.configuration.text(ConfigKey(key), isSecret: isSecret)
    }

    /// Reads an integer; nil when the key is not set.
    ///
    /// - Throws: ``OptionError`` when the value is not a number in `range`.
    public func number(_ key: String, in range: ClosedRange<Int>) throws(OptionError) -> Int? {
        guard let text = self.text(key) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw self.error(key, text, expectation: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Reads a Boolean value: `true`, `1`, `yes` and `on`, or `false`, `0`, `no` and `off`; nil when the key is not set.
    ///
    /// - Throws: ``OptionError`` when the value is none of these.
    public func flag(_ key: String) throws(OptionError) -> Bool? {
        guard let text = self.text(key) else { return nil }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default: throw self.error(key, text, expectation: "true or false")
        }
    }

    /// Creates the error for an invalid value.
    ///
    /// - Parameter expectation: completes "it must be …".
    public func error(_ key: String, _ value: String, expectation: String) -> OptionError {
        OptionError(key: Self.environmentName(key), value: value, expectation: expectation)
    }

    private static func environmentName(_ key: String) -> String {
        key.uppercased().split(separator: ".").joined(separator: "_")
    }
}
