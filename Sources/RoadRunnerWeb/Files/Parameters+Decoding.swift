import HTTPWorker
public import Hummingbird

extension Parameters {
    /// Returns a parameter of the path, percent-decoded; Hummingbird leaves parameters as they are in the path.
    ///
    /// ```swift
    /// router.get("notes/:name") { _, context in try context.parameters.requireDecoded("name") }
    /// ```
    ///
    /// - Throws: `HTTPError`, 400, when the route has no such parameter, or its value is not valid percent-encoded UTF-8.
    public func requireDecoded(_ name: String) throws -> String {
        let encoded = try self.require(name)
        guard let bytes = PercentEncoding.decode(encoded.utf8), let text = String(validating: bytes, as: UTF8.self) else {
            throw HTTPError(.badRequest, message: "the parameter \(name) of the path is not percent-encoded UTF-8")
        }
        return text
    }
}
