/// A command failed: what was wrong, and what to do.
package struct ToolError: Error, Hashable, CustomStringConvertible {
    /// The kinds of this error. More may be added.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalidName, folderNotEmpty, unwritable, offline, noSuchRelease, badResponse, wrongChecksum, brokenArchive
            case unsupportedPlatform, otherProgram, fileExists, notStarted, noPackage, buildFailed, noDescription, invalidAddress
        }
        private let kind: Kind

        /// A project cannot have this name.
        package static let invalidName = Code(kind: .invalidName)
        /// A file exists where a project is to be created.
        package static let folderNotEmpty = Code(kind: .folderNotEmpty)
        /// A file or folder cannot be written.
        package static let unwritable = Code(kind: .unwritable)
        /// A server cannot be reached.
        package static let offline = Code(kind: .offline)
        /// The server has no such release.
        package static let noSuchRelease = Code(kind: .noSuchRelease)
        /// The server sent something else.
        package static let badResponse = Code(kind: .badResponse)
        /// The downloaded file has another checksum than expected.
        package static let wrongChecksum = Code(kind: .wrongChecksum)
        /// The archive cannot be unpacked, or does not contain RoadRunner.
        package static let brokenArchive = Code(kind: .brokenArchive)
        /// RoadRunner has no releases for this system.
        package static let unsupportedPlatform = Code(kind: .unsupportedPlatform)
        /// Another program has that name.
        package static let otherProgram = Code(kind: .otherProgram)
        /// The file exists, and is not replaced.
        package static let fileExists = Code(kind: .fileExists)
        /// A program cannot be started, or does not exit.
        package static let notStarted = Code(kind: .notStarted)
        /// The folder has no package, or the package no program.
        package static let noPackage = Code(kind: .noPackage)
        /// The package does not compile.
        package static let buildFailed = Code(kind: .buildFailed)
        /// The program does not describe itself.
        package static let noDescription = Code(kind: .noDescription)
        /// An address is invalid.
        package static let invalidAddress = Code(kind: .invalidAddress)

        package var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    package let code: Code
    /// What was wrong, and where.
    package let description: String
    /// What to do; nil if the description says it.
    package let remedy: String?

    package init(_ code: Code, _ description: String, remedy: String? = nil) {
        self.code = code
        self.description = description
        self.remedy = remedy
    }
}
