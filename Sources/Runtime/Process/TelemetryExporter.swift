import Synchronization

/// An exporter, which sends metrics or log lines to RoadRunner asynchronously. It may be created before the connection to
/// RoadRunner exists.
package protocol TelemetryExporter: AnyObject, Sendable {
    /// Attaches the exporter to the process: from now on it can send.
    func attach(_ process: ProcessContext)
    /// Sends pending data, before the process ends.
    func drain(within deadline: Duration) async
    /// Adds to the description of the kernel.
    func describe(_ description: inout KernelDescription)
}

extension TelemetryExporter {
    package func describe(_ description: inout KernelDescription) {}
}

/// The exporters that were set up at the start of this process, in `Kernel.bootstrap`.
package enum TelemetryExporters {
    private static let all = Mutex<[any TelemetryExporter]>([])

    package static func register(_ sink: any TelemetryExporter) { self.all.withLock { $0.append(sink) } }

    package static func attach(to process: ProcessContext) {
        for sink in self.all.withLock({ $0 }) { process.use(sink) }
    }

    package static func describe(_ description: inout KernelDescription) {
        for sink in self.all.withLock({ $0 }) { sink.describe(&description) }
    }
}
