package import Logging

extension Logger.Metadata {
    /// Where in the life of a request a line was logged.
    package static func phase(_ phase: ExceptionThrown.Phase) -> Logger.Metadata { ["rr.phase": "\(phase)"] }

    /// - Parameter request: what the request was for.
    package static func phase(_ phase: ExceptionThrown.Phase, request: String) -> Logger.Metadata {
        ["rr.phase": "\(phase)", "rr.request": "\(request)"]
    }
}
