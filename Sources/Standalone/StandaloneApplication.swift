import HTTPWorker
import Logging
import RoadRunnerRuntime

/// The kernel of a standalone process, with everything that it serves behind one responder.
enum StandaloneApplication<Application: Kernel> {
    /// The manager of a process: many requests share the kernel, and nothing could replace the process.
    static func manager(_ launch: LaunchContext) -> KernelManager<RequestResponder> {
        KernelManager(mode: nil, launch: launch) { boot in
            try await Application(boot)
        } prepare: { kernel, launch in
            try Self.responder(kernel.workers.all, launch)
        }
    }

    private static func responder(_ workers: [any Worker], _ launch: LaunchContext) throws -> RequestResponder {
        let http = workers.lazy.compactMap { $0 as? HTTP }.first
        let responder = RequestResponder(
            application: try self.application(workers, launch), renderError: http?.renderError, options: launch.options,
            pipeline: launch.pipeline(for: .http), server: http?.server, routes: http?.routes ?? [])
        if http?.server != nil, launch.options.http.boot == .lazy, launch.process.isFirst("http.lazy.server") {
            launch.logger.warning(
                "HTTP_LAZY_BOOT is set: the server started before the kernel was built, so HTTP(…).server is ignored")
        }
        return responder
    }

    private static func application(_ workers: [any Worker], _ launch: LaunchContext) throws -> any HTTPApplication {
        for worker in workers {
            let mode = type(of: worker).mode
            let count = workers.count { type(of: $0).mode == mode }
            guard count <= 1 else {
                throw LaunchError(
                    .duplicateMode, "\(Application.self) has \(count) workers for the mode \"\(mode)\": one is possible")
            }
        }
        let http = workers.lazy.compactMap { $0 as? HTTP }.first?.application
        let endpoints = try workers.compactMap { try ($0 as? any StandaloneMountable)?.makeEndpoint(launch) }
        if !endpoints.isEmpty { return MountedApplication(endpoints: endpoints, application: http) }
        guard let http else {
            throw LaunchError(.unservedMode, "\(Application.self) serves nothing that the standalone runtime supports")
        }
        return http
    }
}
