/// What a rule has found out about a set-up.
struct Finding: Sendable, Hashable, Encodable {
    enum Status: String, Sendable, Hashable, Encodable {
        /// As it should be.
        case good
        /// It works, but not as one would want.
        case warning
        /// It does not work.
        case fault
        /// It could not be looked at.
        case skipped
    }

    /// Which rule, and which of its findings: `program.missing`. Scripts can rely on it.
    let id: String
    let status: Status
    /// What was found, and where.
    let text: String
    /// What to do; nil where there is nothing to do.
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
