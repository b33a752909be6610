import Goridge
public import RoadRunnerRuntime

extension BootContext {
    /// Centrifugo's server API: through RoadRunner, or standalone over HTTP where `CENTRIFUGO_API_URL` says where.
    ///
    /// - Throws: `RelayAddressError` when there is neither, or `RR_RPC` makes no sense.
    public var centrifugo: CentrifugoClient {
        get throws {
            if let client = self.process.existing(CentrifugoClient.self, "centrifugo") { return client }
            return CentrifugoClient(rpc: try self.rpc)
        }
    }
}
