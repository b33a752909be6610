/// A worker that also serves its mode without RoadRunner: over HTTP, below a path of the standalone runtime's server.
public protocol StandaloneMountable: Worker {
    /// Creates the endpoint that responds to the requests. Its exchanges run in ``LaunchContext/pipeline(for:)``.
    ///
    /// - Throws: an error of the worker, which is a boot failure.
    func makeEndpoint(_ launch: LaunchContext) throws -> any MountedEndpoint
}
