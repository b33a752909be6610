/// Splits and checks paths of files below a folder.
package enum FilePath {
    /// The names of the folders and of the file, in order, without `.`.
    ///
    /// - Returns: nil if one of them leads elsewhere.
    package static func components(_ path: String) -> [Substring]? {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        return parts.allSatisfy(Self.isComponent) ? parts.map { Substring($0) } : nil
    }

    /// Whether these bytes name an entry of a folder, and nothing above or below it, on any system.
    package static func isComponent(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && !bytes.elementsEqual(".".utf8) && !bytes.elementsEqual("..".utf8)
            && bytes.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }
}
