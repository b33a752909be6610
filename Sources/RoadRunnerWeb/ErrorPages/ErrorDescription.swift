import HTTPWorker

/// An error, and its underlying errors.
struct ErrorDescription: Sendable {
    let type: String
    let text: String
    let underlying: [ErrorDescription]

    /// Errors can quote whole documents, and each other.
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
        self.underlying = Self.errors(in: error).prefix(Self.maximumCount).map { ErrorDescription($0, depth: depth + 1) }
    }

    /// Errors have no common protocol for this: they keep underlying errors in properties, or in the associated values of a case.
    private static func errors(in error: any Error) -> [any Error] {
        var errors: [any Error] = []
        for child in Mirror(reflecting: error).children {
            if let error = child.value as? any Error {
                errors.append(error)
            } else {
                let mirror = Mirror(reflecting: child.value)
                guard mirror.displayStyle == .optional || mirror.displayStyle == .tuple || mirror.displayStyle == .collection
                else {
                    continue
                }
                errors += mirror.children.prefix(Self.maximumCount).compactMap { $0.value as? any Error }
            }
        }
        return errors
    }
}
