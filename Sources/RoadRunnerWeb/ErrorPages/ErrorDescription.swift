import HTTPWorker
import RoadRunnerRuntime

/// An error, and its underlying errors.
struct ErrorDescription: Sendable, Encodable {
    let type: String
    let text: String
    let underlying: [ErrorDescription]

    /// Errors can quote whole documents, and each other. The limits, for a page that people read, are chosen, not measured.
    private static let maximumText = 4000
    private static let maximumDepth = 8
    private static let maximumCount = 8

    init(_ error: any Error) { self.init(error, depth: 0) }

    private init(_ error: any Error, depth: Int) {
        self.type = String(reflecting: Swift.type(of: error))
        self.text = String(describing: error).beginning(Self.maximumText)
        guard depth < Self.maximumDepth else {
            self.underlying = []
            return
        }
        self.underlying = error.causes.prefix(Self.maximumCount).map { ErrorDescription($0, depth: depth + 1) }
    }
}
