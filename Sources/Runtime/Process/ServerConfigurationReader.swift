/// Reads RoadRunner's configuration file when RoadRunner itself cannot be asked, such as `YAMLConfigurationReader` of the product
/// `RoadRunnerConfiguration`.
public protocol ServerConfigurationReader: Sendable {
    /// Returns the configuration in the form of `rpc.Config`: a JSON object of sections, with variables expanded.
    func json(ofFileAt path: String) async throws -> [UInt8]
}
