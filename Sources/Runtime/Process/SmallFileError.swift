/// The reason why a file was not read.
package struct SmallFileError: Error, CustomStringConvertible {
    /// Whether the file does not exist.
    package var isMissing = false
    package let description: String
}
