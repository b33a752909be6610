import HTTPWorker
public import Hummingbird

extension Parameters {
    /// Returns the path that `**` has matched, for `Response.file(_:in:)`.
    ///
    /// The path is split first and each part decoded afterwards: an encoded slash does not begin a folder.
    ///
    /// - Throws: `HTTPError` 404 for a part that cannot be a file's name: it is not UTF-8, is `..`, or contains a slash, a
    ///   backslash or a zero byte.
    public func getCatchAllPath() throws(HTTPError) -> String {
        var names: [String] = []
        for part in self.getCatchAll() where !part.hasBytes(of: ".") {
            guard let name = PercentEncoding.decode(part.utf8), FilePath.isComponent(name),
                let text = String(validating: name, as: UTF8.self)
            else { throw HTTPError(.notFound, message: "there is no such file") }
            names.append(text)
        }
        return names.joined(separator: "/")
    }
}
