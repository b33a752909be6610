public import RoadRunnerRuntime

extension BootContext {
    /// Centrifugo's server API: through RoadRunner, or in a standalone process over HTTP, where the product `CentrifugoHTTP` is used
    /// and `CENTRIFUGO_API_URL` says where.
    ///
    /// - Throws: ``CentrifugoSetupError`` when there is neither; `RelayAddressError` when `RR_RPC` makes no sense.
    public var centrifugo: CentrifugoClient {
        get throws {
            if let client = self.process.existing(CentrifugoClient.self, CentrifugoClient.processKey) { return client }
            if self.mode == nil, self.options.centrifugo.apiURL != nil { throw CentrifugoSetupError(code: .transportMissing) }
            guard self.process.hasRoadRunner else { throw CentrifugoSetupError(code: .addressMissing) }
            return CentrifugoClient(rpc: try self.rpc)
        }
    }
}

extension CentrifugoClient {
    /// Where the process keeps the client that all its kernels share.
    package static let processKey = "centrifugo"
}
