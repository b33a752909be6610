import Hummingbird
import HummingbirdHTTP2
import Metrics
import NIOSSL
import RoadRunner

/// Serves a route for every rule about responses. The conformance tests start it standalone, as a worker, and behind a real
/// RoadRunner.
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
    /// The folder with certificate and key for TLS and HTTP/2; nil without TLS.
    private let certificates: String?

    init(_ boot: BootContext) throws {
        if boot.configuration.string(forKey: "CONFORMANCE_BOOT") == "fails" { throw Failure() }
        self.responder = Responses()
        self.certificates = boot.configuration.string(forKey: "CONFORMANCE_TLS")
    }

    static func bootstrap(_ options: RuntimeOptions) { MetricsSystem.bootstrap(ActiveRequests()) }

    var workers: some Workers {
        if let certificates {
            HTTP(self.responder).server(isSecure: true) { handlers in
                try .http2Upgrade(
                    tlsConfiguration: .makeServerConfiguration(
                        certificateChain: NIOSSLCertificate.fromPEMFile("\(certificates)/certificate.pem").map {
                            .certificate($0)
                        },
                        privateKey: .privateKey(NIOSSLPrivateKey(file: "\(certificates)/key.pem", format: .pem))),
                    configuration: .init(streamConfiguration: .init(additionalChannelHandlers: handlers())))
            }
        } else {
            HTTP(self.responder)
        }
    }
}

struct Failure: Error, CustomStringConvertible {
    var description: String { "this failure is part of a test" }
}
