/// A file of variables, such as `.env`: `NAME=value` line by line, with comments, quotes and `export`.
///
/// It is read exactly as RoadRunner reads such files, so that one file means the same to both:
/// * values in single quotes are taken literally; in double quotes, and without quotes, `$NAME` and `${NAME}` stand for values that
///   the file has set before, and `\$` for the dollar sign. Names in lower case are not references;
/// * in double quotes `\n` and `\r` are line breaks, and a backslash before anything else is dropped;
/// * without quotes a comment begins at the last `#` with a space before it;
/// * `NAME: value` is a line as well, and the last one for a name counts.
///
/// The rules are those of the library godotenv 1.5.1. A byte order mark, which it refuses, is skipped.
package struct EnvironmentFile: Sendable, Hashable {
    /// The variables that the file sets.
    package let variables: [String: String]

    /// The largest size of a file that is read, in bytes.
    private static let maximumSize = 1024 * 1024

    /// Parses the text of a file.
    ///
    /// - Parameter path: the file's path, for errors.
    package init(parsing text: String, path: String) throws(EnvironmentFileError) {
        var parser = EnvironmentFileParser(text)
        do throws(EnvironmentFileParser.Problem) {
            self.variables = try parser.parse()
        } catch {
            throw .malformed(path, error)
        }
    }

    /// Reads a file.
    ///
    /// - Returns: nil when there is none.
    package init?(path: String) throws(EnvironmentFileError) {
        let bytes: [UInt8]
        do throws(SmallFileError) {
            bytes = try SmallFile.bytes(of: path, upTo: Self.maximumSize)
        } catch {
            if error.isMissing { return nil }
            throw .unreadable(path, "\(error)")
        }
        try self.init(parsing: String(decoding: bytes, as: UTF8.self), path: path)
    }
}

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
