public import Hummingbird

/// The path of a file below a folder, taken apart.
enum FilePath {
    /// The names of the folders and of the file, in their order; `.` is left out.
    ///
    /// - Returns: nil where one of them leads elsewhere.
    static func components(_ path: String) -> [Substring]? {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        return parts.allSatisfy(Self.isComponent) ? parts.map { Substring($0) } : nil
    }

    /// Whether it names something in a folder, and nothing above or below it on any system.
    static func isComponent(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && !bytes.elementsEqual(".".utf8) && !bytes.elementsEqual("..".utf8)
            && bytes.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }
}

extension Parameters {
    /// The path that `**` has caught, for `Response.file(_:in:)`.
    ///
    /// Percent-encoding is undone part by part, once the path has been taken apart: an encoded slash does not begin a folder.
    ///
    /// - Throws: `HTTPError` 404 where a part cannot be the name of a file: it is not UTF-8, is `..`, or has a slash, a backslash or a zero
    ///   byte in it.
    public func getCatchAllPath() throws(HTTPError) -> String {
        var names: [String] = []
        for part in self.getCatchAll() where !part.hasBytes(of: ".") {
            guard let name = PercentEncoding.decode(part.utf8), FilePath.isComponent(name),
                let text = String(validating: name, as: UTF8.self)
            else { throw HTTPError(.notFound) }
            names.append(text)
        }
        return names.joined(separator: "/")
    }
}
