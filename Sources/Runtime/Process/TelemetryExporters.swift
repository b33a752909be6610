import Synchronization

/// The exporters that were set up at the start of this process, in `Kernel.bootstrap`.
package enum TelemetryExporters {
    private static let all = Mutex<[any TelemetryExporter]>([])

    package static func register(_ exporter: any TelemetryExporter) { self.all.withLock { $0.append(exporter) } }

    package static func attach(to process: ProcessContext) {
        for exporter in self.all.withLock({ $0 }) { process.use(exporter) }
    }

    package static func describe(_ description: inout KernelDescription) {
        for exporter in self.all.withLock({ $0 }) { exporter.describe(&description) }
    }
}
