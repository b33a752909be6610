import Synchronization

/// Something that sends what it is given to RoadRunner, later: metrics, log lines. It may be made before there is a way to RoadRunner.
package protocol TelemetryExporter: AnyObject, Sendable {
    /// From now on it can send.
    func attach(_ process: ProcessContext)
    /// Sends what it has, before the process ends.
    func drain(within deadline: Duration) async
    /// Adds what it knows to what is known of the kernel.
    func describe(_ description: inout KernelDescription)
}

extension TelemetryExporter {
    package func describe(_ description: inout KernelDescription) {}
}

/// The sinks of this process, as far as they are set up where the process starts: in `Kernel.bootstrap`.
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
