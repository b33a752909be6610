import HTTPWorker

/// The formats of error responses.
enum ErrorResponseFormat: CaseIterable {
    case html, json, text

    var mediaType: (type: String, subtype: String) {
        switch self {
        case .html: ("text", "html")
        case .json: ("application", "json")
        case .text: ("text", "plain")
        }
    }

    /// The format that a client with this `Accept` prefers; nil when it has no preference among them.
    init?(accept lines: [String]) {
        var best: (format: ErrorResponseFormat?, quality: Double) = (nil, 0)
        for entry in HeaderList(lines).prefix(64) {
            let parameters = HeaderParameters(entry)
            let quality = parameters["q"].flatMap(Double.init) ?? 1
            guard quality > best.quality else { continue }
            let format = Self.allCases.first { "\($0.mediaType.type)/\($0.mediaType.subtype)" == parameters.value }
            if let format {
                best = (format, quality)
            } else if parameters.value == "application/problem+json" {
                best = (.json, quality)
            } else if parameters.value == "*/*" {
                best = (nil, quality)
            }
        }
        guard let format = best.format else { return nil }
        self = format
    }
}
