/// An exporter, which sends metrics or log lines to RoadRunner asynchronously. It may be created before the connection to
/// RoadRunner exists.
package protocol TelemetryExporter: AnyObject, Sendable {
    /// Attaches the exporter to the process: from now on it can send.
    func attach(_ process: ProcessContext)
    /// Sends pending data, before the process ends.
    func flush(within deadline: Duration) async
    /// Adds to the description of the kernel.
    func describe(_ description: inout KernelDescription)
}

extension TelemetryExporter {
    package func describe(_ description: inout KernelDescription) {}
}
