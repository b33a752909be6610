public import Centrifugo
import Goridge
public import RoadRunnerRuntime

/// Makes `boot.centrifugo` call Centrifugo's HTTP API in a standalone process, at `CENTRIFUGO_API_URL`.
///
/// ```swift
/// static var integrations: [any LaunchIntegration] { [CentrifugoHTTPIntegration()] }
/// ```
///
/// `CENTRIFUGO_API_KEY` is Centrifugo's `http_api.key`. In RoadRunner's pools calls go through RoadRunner.
public struct CentrifugoHTTPIntegration: LaunchIntegration {
    /// Creates the integration, which reads its settings from the environment.
    public init() {}

    public func attach(to launch: LaunchContext) throws {
        guard launch.relay.mode == nil, let url = launch.options.centrifugo.apiURL else { return }
        let client = try CentrifugoClient(url: url, key: launch.options.centrifugo.apiKey)
        _ = launch.process.shared.value { client }
    }
}

extension CentrifugoClient {
    /// Creates a client that calls Centrifugo's HTTP API.
    ///
    /// - Parameters:
    ///   - url: the API's address, such as `http://127.0.0.1:8000/api`.
    ///   - key: Centrifugo's `http_api.key`.
    ///   - timeout: how long a call may take, including the whole response.
    public init(url: String, key: String?, timeout: Duration = .seconds(5)) throws(OptionError) {
        self.init(transport: try HTTPTransport(url: url, key: key, timeout: timeout))
    }
}
