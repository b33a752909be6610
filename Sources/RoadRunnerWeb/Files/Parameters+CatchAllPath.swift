import HTTPWorker
public import Hummingbird

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
            else { throw HTTPError(.notFound, message: "there is no such file") }
            names.append(text)
        }
        return names.joined(separator: "/")
    }
}
