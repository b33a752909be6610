enum MetricKey {
    /// A byte that does not occur in UTF-8.
    private static let separator: UInt8 = 0xFF

    static func bytes(_ first: String, _ rest: some Sequence<String>) -> [UInt8] {
        var bytes = Array(first.utf8)
        for text in rest {
            bytes.append(Self.separator)
            bytes.append(contentsOf: text.utf8)
        }
        return bytes
    }

    /// The key of a metric as its call site names it.
    static func bytes(_ kind: MetricDefinition.Kind, _ label: String, _ dimensions: [(String, String)]) -> [UInt8] {
        var bytes = Self.bytes(kind.rawValue, CollectionOfOne(label))
        for (name, value) in dimensions {
            bytes.append(Self.separator)
            bytes.append(contentsOf: name.utf8)
            bytes.append(Self.separator)
            bytes.append(contentsOf: value.utf8)
        }
        return bytes
    }
}
