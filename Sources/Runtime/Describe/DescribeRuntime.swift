import Configuration
import Goridge

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The runtime `describe`: builds the kernel, serves nothing, and prints a description as JSON.
///
/// With `APP_DESCRIBE=modes` the kernel is not built either. Any other output of the program goes to standard error.
package struct DescribeRuntime: ApplicationRuntime {
    /// Creates the runtime, which reads its settings from the environment.
    package init() {}

    /// The runtime's name in `APP_RUNTIME`.
    package static let name = RuntimeName(rawValue: "describe")

    package var name: RuntimeName { Self.name }

    package func run<Application: Kernel>(_ kernel: Application.Type, _ launch: LaunchContext) async throws -> Int32 {
        if let mode = launch.relay.mode { throw LaunchError.inPool(self.name, mode: mode) }
        let description = try await Self.describe(
            kernel, launch, boots: launch.configuration.text("app.describe")?.lowercased() != "modes")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(description), as: UTF8.self)
        SystemCall.writeAll(launch.standardStreams?.output ?? 1, "\(text)\n")
        return 0
    }

    /// - Parameter boots: whether the kernel is built.
    package static func describe<Application: Kernel>(
        _ kernel: Application.Type, _ launch: LaunchContext, boots: Bool
    ) async throws -> KernelDescription {
        var description = KernelDescription()
        description.kernel = "\(kernel)"
        description.modes = Application.Served.types.map { $0.mode.rawValue }
        guard boots else { return description }
        let warnings = WarningCollector()
        let registry = KernelRegistry()
        let boot = BootContext(
            options: launch.options, mode: nil, logger: warnings.collecting(from: launch.logger),
            configuration: launch.configuration, process: launch.process, registry: registry)
        do {
            description = try await KernelDescription.$wantsRoutes.withValue(true) {
                var description = description
                let application = try await Application(boot)
                for case let worker as any SelfDescribing in application.workers.all { try worker.describe(&description) }
                description.services = application.services.map { "\(type(of: $0))" }
                return description
            }
        } catch {
            await launch.process.close()
            throw LaunchError.bootFailure(error, mode: nil)
        }
        TelemetryExporters.describe(&description)
        description.isBooted = true
        description.storages = registry.all.storages
        description.warnings += warnings.all
        await launch.process.close()
        return description
    }
}
