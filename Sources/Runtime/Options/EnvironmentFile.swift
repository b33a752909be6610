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
