import RoadRunnerAPI
import SwiftProtobuf

/// A response of the server API: an error, or a result.
protocol APIResponse: Message {
    associatedtype ResultMessage: Message
    var hasError: Bool { get }
    var error: CentrifugoError { get }
    var result: ResultMessage { get }
}
