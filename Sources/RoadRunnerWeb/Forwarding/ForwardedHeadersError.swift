import HTTPTypes

/// A malformed header of a trusted proxy, of which no part can be honoured.
struct ForwardedHeadersError: Error, CustomStringConvertible {
    let description: String

    static let noAddress = "an element that is neither an IP address nor \"unknown\""
    static let noScheme = "a scheme that is neither http nor https"
    static let noHost = "an element that is not a host"

    init(_ name: HTTPField.Name, _ problem: String) {
        self.description = "the header \(name.rawName) is malformed: it has \(problem). A proxy must set or remove it"
    }
}
