import HTTPTypes
import Hummingbird
import Metrics
import NIOCore
import RoadRunner

/// Serves a route for every rule about responses. The conformance tests start it alone, as a worker, and behind a real RoadRunner.
@main
struct ConformanceKernel: Kernel {
    static let deadline = Duration.seconds(3)

    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.http.requestDeadline = self.deadline
        options.rebootPolicy = .never
        return options
    }

    private let responder: Responses

    init(_ boot: BootContext) throws {
        if boot.configuration.string(forKey: "CONFORMANCE_BOOT") == "fails" { throw Failure() }
        self.responder = Responses()
    }

    static func bootstrap(_ options: RuntimeOptions) { MetricsSystem.bootstrap(ActiveRequests()) }

    var workers: some Workers { HTTP(self.responder) }
}

struct Failure: Error, CustomStringConvertible {
    var description: String { "this failure is part of a test" }
}
