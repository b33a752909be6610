/// Reads RoadRunner's configuration file where RoadRunner itself cannot be asked: `YAMLConfigurationReader` of the product
/// `RoadRunnerConfiguration` does.
public protocol ServerConfigurationReader: Sendable {
    /// The configuration in the form in which `rpc.Config` gives it: a JSON object of sections, with variables expanded.
    func json(ofFileAt path: String) async throws -> [UInt8]
}
