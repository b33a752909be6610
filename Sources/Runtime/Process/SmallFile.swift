import SystemPackage

/// Reads small files as a whole, such as configurations.
package enum SmallFile {
    /// - Parameter maximum: the largest size that is accepted, in bytes.
    package static func bytes(of path: String, upTo maximum: Int) throws(SmallFileError) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                while true {
                    let chunk = try [UInt8](unsafeUninitializedCapacity: 16 * 1024) { buffer, count in
                        count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                    }
                    guard !chunk.isEmpty else { return bytes }
                    bytes += chunk
                    guard bytes.count <= maximum else { throw SmallFileError(description: "it has more than \(maximum) bytes") }
                }
            }
        } catch let error as SmallFileError {
            throw error
        } catch {
            throw SmallFileError(isMissing: (error as? Errno) == .noSuchFileOrDirectory, description: "\(error)")
        }
    }
}
