import HTTPTypes
import Hummingbird

/// The kind of form that a `Content-Type` names.
struct FormType {
    enum Kind { case urlEncoded, multipart }

    let kind: Kind
    /// The parameters; nil if they are malformed.
    let parameters: [String: [UInt8]]?

    init?(_ request: Request) {
        // The first of several lines counts, as in Go.
        guard let text = request.headers[values: .contentType].first, let type = MediaTypeHeader(text.utf8) else { return nil }
        switch type.value {
        case "application/x-www-form-urlencoded": self.kind = .urlEncoded
        case "multipart/form-data": self.kind = .multipart
        default: return nil
        }
        self.parameters = type.parameters
    }
}
