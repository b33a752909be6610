import Goridge
import NIOCore
import RoadRunnerRuntime

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The files of a request, which RoadRunner keeps while the request is served. They are removed with this value.
final class TemporaryUploads: Sendable {
    /// RoadRunner's description of them.
    let json: ByteBuffer
    private let paths: [String]

    init(_ files: FormNesting<UploadedFile>) throws {
        var paths: [String] = []
        do {
            let described = try files.map { file in
                let path = file.error == 0 ? try Self.write(file.content) : ""
                if !path.isEmpty { paths.append(path) }
                return Self.description(of: file, path)
            }
            self.json = ByteBuffer(bytes: described.json { $0 })
            self.paths = paths
        } catch {
            for path in paths { unlink(path) }
            throw error
        }
    }

    deinit { for path in self.paths { unlink(path) } }

    private static func description(of file: UploadedFile, _ path: String) -> [UInt8] {
        // Go keeps the last component of a client's path.
        let name = file.name.utf8.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
        let size = file.error == 0 ? file.content.readableBytes : 0
        let members: [(String, [UInt8])] = [
            ("name", GoJSON.string(name)), ("mime", GoJSON.string(Array(file.mime.utf8))), ("size", Array("\(size)".utf8)),
            ("error", Array("\(file.error)".utf8)), ("tmpName", GoJSON.string(Array(path.utf8))),
        ]
        return GoJSON.joined(members.map { Array("\"\($0.0)\":".utf8) + $0.1 }, "{", "}")
    }

    private static func write(_ content: ByteBuffer) throws -> String {
        var template = Array("\(SystemFolder.temporary)/uploadXXXXXX".utf8CString)
        let descriptor = try SystemCall.makeTemporaryFile(template: &template)
        defer { SystemCall.closeDescriptor(descriptor) }
        let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        do {
            try content.withUnsafeReadableBytes { bytes in
                var rest = bytes
                while !rest.isEmpty {
                    switch SystemCall.write(descriptor, rest) {
                    case .bytes(let count): rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                    case .failed(let code): throw SystemCallError("write", errno: code)
                    case .wouldBlock: throw SystemCallError("write", errno: EAGAIN)
                    }
                }
            }
        } catch {
            unlink(path)
            throw error
        }
        return path
    }
}
