public import Centrifugo
public import RoadRunnerRuntime

/// Makes `boot.centrifugo` call Centrifugo's HTTP API in a standalone process, where `CENTRIFUGO_API_URL` says where it is.
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
        _ = launch.process.shared(CentrifugoClient.processKey) { client }
    }
}

extension CentrifugoClient {
    /// A client that calls Centrifugo's HTTP API.
    ///
    /// - Parameters:
    ///   - url: of the API: `http://127.0.0.1:8000/api`.
    ///   - key: Centrifugo's `http_api.key`.
    ///   - timeout: how long a call may take, with the whole of its response.
    public init(url: String, key: String?, timeout: Duration = .seconds(5)) throws(OptionError) {
        self.init(transport: try HTTPTransport(url: url, key: key, timeout: timeout))
    }
}
