/// An error of a file of variables. It quotes nothing from the file, which may hold secrets.
package struct EnvironmentFileError: Error, Hashable, CustomStringConvertible {
    /// Whether the file is malformed; otherwise it could not be read.
    package let isMalformed: Bool
    /// A description of the error: what was wrong, where, and what to do.
    package let description: String

    static func unreadable(_ path: String, _ reason: String) -> EnvironmentFileError {
        EnvironmentFileError(isMalformed: false, description: "the file \(path) cannot be read: \(reason)")
    }

    static func malformed(_ path: String, _ problem: EnvironmentFileParser.Problem) -> EnvironmentFileError {
        EnvironmentFileError(
            isMalformed: true,
            description: """
                line \(problem.line) of the file \(path) is malformed: \(problem.reason). Lines are NAME=value; values with \
                spaces, quotes or # stand in quotes
                """)
    }
}
