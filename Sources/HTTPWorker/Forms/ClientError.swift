package import Hummingbird
package import RoadRunnerRuntime

/// An error that is the client's fault where its status is 4xx, and the program's where it is not.
package protocol ClientError: HTTPResponseError, CustomStringConvertible {
    /// The message for clients.
    var clientMessage: String { get }
}

extension ClientError {
    package var clientMessage: String { self.description }

    package var statusFault: Fault { self.status.kind == .clientError ? .client : .application }

    /// The response of Hummingbird's `HTTPError`.
    ///
    /// - Throws: the error without a response of its own, where it is the program's fault: clients are not told of that.
    package func clientResponse(from request: Request, context: some RequestContext) throws -> Response {
        guard self.status.kind == .clientError else { throw ProgramError(error: self) }
        return try HTTPError(self.status, message: self.clientMessage).response(from: request, context: context)
    }
}

/// An error whose response is not for clients, so that it is treated as any other error of the program.
private struct ProgramError: Error, CustomStringConvertible {
    let error: any ClientError
    var description: String { "\(self.error)" }
}
