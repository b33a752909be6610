public import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An error in reading or writing a file.
public struct FileError: RoadRunnerError {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case notFound, accessDenied, notAFile, outsideOfRoot, changed, unreadable, unwritable }
        private let kind: Kind

        /// The file does not exist.
        public static let notFound = Code(kind: .notFound)
        /// The file exists, but the process has no permission to read it.
        public static let accessDenied = Code(kind: .accessDenied)
        /// The path names a folder, a pipe or a device.
        public static let notAFile = Code(kind: .notAFile)
        /// The path leads out of the given folder.
        public static let outsideOfRoot = Code(kind: .outsideOfRoot)
        /// The file was changed while it was being read.
        public static let changed = Code(kind: .changed)
        /// The file exists, but cannot be read.
        public static let unreadable = Code(kind: .unreadable)
        /// The file cannot be written.
        public static let unwritable = Code(kind: .unwritable)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// A description of the error, with the file's path.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    init(reading path: String, _ error: SystemCallError) {
        switch error.errno {
        case ENOENT, ENOTDIR: self.init(.notFound, "there is no file \(path)")
        // Names that no file can have: too long, or with characters that this file system rejects.
        case ENAMETOOLONG, EINVAL, EILSEQ: self.init(.notFound, "no file can have this name: \(error)")
        case EACCES, EPERM: self.init(.accessDenied, "no permission to read \(path): \(error); check its mode and its folders")
        case ENXIO, ENODEV, EOPNOTSUPP: self.init(.notAFile, "\(path) is not a file: \(error)")
        // A symbolic link, which is not followed.
        case ELOOP: self.init(.outsideOfRoot, "\(path) is a symbolic link, which is not followed")
        default: self.init(.unreadable, "\(path) cannot be read: \(error)")
        }
    }
}
