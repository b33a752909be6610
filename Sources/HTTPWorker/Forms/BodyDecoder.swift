public import Hummingbird

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Decodes bodies by their `Content-Type`: URL-encoded and multipart forms, and JSON for everything else.
///
/// Contexts that conform to ``RoadRunnerRequestContext`` use it for `request.decode(as:context:)`, unless they have their own
/// decoder.
public struct BodyDecoder: RequestDecoder {
    private let formLimits: FormLimits

    /// A decoder with the settings of Hummingbird's own contexts, but shared by all requests.
    private static let json: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    /// Creates a decoder.
    ///
    /// - Parameter formLimits: the limits for reading forms.
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
    /// A decoder of forms and JSON.
    public var requestDecoder: BodyDecoder { BodyDecoder() }
}
