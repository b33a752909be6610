import HTTPTypes

/// An error in RoadRunner's description of a request.
struct RequestDecodingError: Error, CustomStringConvertible {
    let description: String
    /// The message for the client.
    let status: HTTPResponse.Status
    /// Whether a client can cause it.
    let isClients: Bool

    init(_ description: String, status: HTTPResponse.Status = .badRequest, isClients: Bool = false) {
        self.description = description
        self.status = status
        self.isClients = isClients
    }
}
