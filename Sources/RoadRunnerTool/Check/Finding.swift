/// A rule's finding about a set-up.
struct Finding: Sendable, Hashable, Encodable {
    enum Status: String, Sendable, Hashable, Encodable {
        /// The set-up is correct.
        case good
        /// It works, but with drawbacks.
        case warning
        /// It does not work.
        case fault
        /// It could not be checked.
        case skipped
    }

    /// The rule and its finding, such as `program.missing`. Scripts can rely on it.
    let id: String
    let status: Status
    /// The finding and its place.
    let text: String
    /// What to do; nil if nothing.
    let remedy: String?

    static func good(_ id: String, _ text: String) -> Finding { Finding(id: id, status: .good, text: text, remedy: nil) }

    static func skipped(_ id: String, _ text: String) -> Finding { Finding(id: id, status: .skipped, text: text, remedy: nil) }

    static func fault(_ id: String, _ text: String, _ remedy: String) -> Finding {
        Finding(id: id, status: .fault, text: text, remedy: remedy)
    }

    static func warning(_ id: String, _ text: String, _ remedy: String) -> Finding {
        Finding(id: id, status: .warning, text: text, remedy: remedy)
    }
}
