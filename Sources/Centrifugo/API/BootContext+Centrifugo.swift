import Goridge
public import RoadRunnerRuntime

extension BootContext {
    /// Centrifugo's server API: through RoadRunner, or in a standalone process over HTTP, with the product `CentrifugoHTTP` and
    /// `CENTRIFUGO_API_URL`.
    ///
    /// - Throws: ``CentrifugoSetupError`` when neither is available; `RelayAddressError` when `RR_RPC` is invalid.
    public var centrifugo: CentrifugoClient {
        get throws {
            if let client = self.process.shared.existing(CentrifugoClient.self) { return client }
            if self.mode == nil, self.options.centrifugo.apiURL != nil { throw CentrifugoSetupError(code: .transportMissing) }
            guard self.process.hasRoadRunner else { throw CentrifugoSetupError(code: .addressMissing) }
            return CentrifugoClient(rpc: try self.rpc)
        }
    }
}
