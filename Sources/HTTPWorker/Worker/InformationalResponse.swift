import HTTPTypes

/// An informational status that a handler returned as its final response.
package struct InformationalResponse: Error, CustomStringConvertible {
    let status: HTTPResponse.Status

    package var description: String {
        "the handler returned the status \(self.status.code), which is not a final response: return one from 200 to 599"
    }
}
