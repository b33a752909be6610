import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Paths of files.
package enum Paths {
    /// Returns an absolute path; relative ones start at a folder. `.` and `..` are resolved textually.
    package static func resolve(_ path: String, from folder: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(folder)/\(path)"
        var parts: [Substring] = []
        for part in whole.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The folder of a file.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether there is a file or folder.
    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    package static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Whether it is an executable file.
    package static func isProgram(_ path: String) -> Bool { !Self.isFolder(path) && access(path, X_OK) == 0 }

    /// Creates a folder, including its parents.
    package static func makeFolder(_ path: String) throws(ToolError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ToolError(.unwritable, "the folder \(path) cannot be created: \(Self.reason(error))")
        }
    }

    /// Writes a file, replacing an existing one.
    package static func write(_ text: String, to path: String) throws(ToolError) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw ToolError(.unwritable, "\(path) cannot be written: \(Self.reason(error))")
        }
    }

    /// Renames a file atomically, replacing an existing one.
    package static func move(_ old: String, to new: String) throws(ToolError) {
        guard rename(old, new) == 0 else {
            throw ToolError(.unwritable, "\(new) cannot be replaced: \(String(cString: strerror(errno)))")
        }
    }

    package static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// A unique name beside a file.
    package static func draft(of path: String) -> String { "\(path).\(UInt64.random(in: 0 ... .max))" }

    /// A short reason.
    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        guard cause.domain == NSPOSIXErrorDomain, let code = CInt(exactly: cause.code) else { return error.localizedDescription }
        return String(cString: strerror(code))
    }
}
