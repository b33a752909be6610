/// A worker that also serves its mode without RoadRunner: over HTTP, below a path of the standalone runtime's server.
public protocol StandaloneMountable: Worker {
    /// Makes what responds to the requests; its exchanges run by ``LaunchContext/pipeline(for:)``.
    ///
    /// - Throws: what is wrong with the worker; it is a boot failure.
    func makeEndpoint(_ launch: LaunchContext) throws -> any MountedEndpoint
}
