public import Hummingbird

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Decodes bodies by their `Content-Type`: URL-encoded and multipart forms, and JSON for everything else.
///
/// It is what `request.decode(as:context:)` uses with contexts that conform to ``RoadRunnerRequestContext`` and have no
/// decoder of their own.
public struct BodyDecoder: RequestDecoder {
    private let formLimits: FormLimits

    /// As Hummingbird's own contexts have it, but one for all requests.
    private static let json: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    /// Creates a decoder.
    ///
    /// - Parameter formLimits: how much of a form is read.
    public init(formLimits: FormLimits = FormLimits()) { self.formLimits = formLimits }

    @concurrent
    public func decode<Value: Decodable>(
        _ type: Value.Type, from request: Request, context: some RequestContext
    ) async throws -> Value {
        guard request.hasForm else { return try await Self.json.decode(Value.self, from: request, context: context) }
        return try await request.form(context: context, limits: self.formLimits).decode(as: type)
    }
}

extension RoadRunnerRequestContext where Decoder == BodyDecoder {
    /// Forms and JSON.
    public var requestDecoder: BodyDecoder { BodyDecoder() }
}
