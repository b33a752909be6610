/// Names that Prometheus accepts (its documentation, "Data model").
enum MetricName {
    /// A metric's name of letters, digits, underscores and colons; anything else becomes an underscore. Never empty, never with a
    /// leading digit.
    static func metric(_ text: String) -> String { Self.sanitized(text, allowsColon: true) }

    /// A label's name: as that of a metric, but without colons, the reserved leading underscores, and the names that collectors
    /// use themselves.
    static func label(_ text: String) -> String {
        var name = Self.sanitized(text, allowsColon: false)
        while name.hasPrefix("__") { name.removeFirst() }
        return name == "le" || name == "quantile" ? name + "_" : name
    }

    private static func sanitized(_ text: String, allowsColon: Bool) -> String {
        var name = ""
        for scalar in text.unicodeScalars.prefix(200) {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_": name.unicodeScalars.append(scalar)
            case ":" where allowsColon: name.unicodeScalars.append(scalar)
            default: name.append("_")
            }
        }
        if name.isEmpty { return "_" }
        return name.first?.isNumber == true ? "_" + name : name
    }
}
