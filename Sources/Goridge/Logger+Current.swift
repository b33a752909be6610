package import Logging

extension Logger {
    /// The logger of the current task, such as that of a request, which knows its id; where there is none, `fallback`.
    package static func current(or fallback: Logger) -> Logger {
        let current = Logger.current
        return current.label.isEmpty ? fallback : current
    }
}
