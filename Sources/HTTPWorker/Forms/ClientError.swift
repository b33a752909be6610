package import Hummingbird
package import RoadRunnerRuntime

/// An error that is the client's fault if its status is 4xx, and the program's otherwise.
package protocol ClientError: HTTPResponseError, CustomStringConvertible {
    /// The message for clients.
    var clientMessage: String { get }
}

extension ClientError {
    package var clientMessage: String { self.description }

    package var statusFault: Fault { self.status.kind == .clientError ? .client : .application }

    /// Responds like Hummingbird's `HTTPError`.
    ///
    /// - Throws: the error, stripped of its response, if the program is at fault: such errors are not shown to clients.
    package func clientResponse(from request: Request, context: some RequestContext) throws -> Response {
        guard self.status.kind == .clientError else { throw ProgramError(error: self) }
        return try HTTPError(self.status, message: self.clientMessage).response(from: request, context: context)
    }
}

/// An error whose response is not for clients, so it is handled like any other error of the program.
private struct ProgramError: Error, CustomStringConvertible {
    let error: any ClientError
    var description: String { "\(self.error)" }
}
