/// Sends errors that nobody has caught to whoever collects them. ``RuntimeOptions/errorReporters`` has those in use.
public protocol ErrorReporter: Sendable {
    /// Takes a report. It is called on the request's path, so that it must not wait: what takes time is done later.
    func report(_ report: ErrorReport)

    /// Waits until what was taken is sent, or the time is up. Called before the process ends.
    func flush(within deadline: Duration) async
}

extension LifecycleEventDispatcher {
    /// Tells observers and reporters of an error that nobody has caught. It was logged before.
    package func exceptionThrown(
        _ error: any Error, phase: ExceptionThrown.Phase, request: RequestIdentity?, route: @autoclosure () -> String? = nil,
        details: @autoclosure () -> RequestDetails? = nil
    ) async {
        let trace = RequestTrace.current
        self.metrics?.exceptionThrown(request?.mode)
        trace?.error("\(String(reflecting: type(of: error))): \(error)")
        if !self.reporters.isEmpty {
            let contents = trace?.contents
            let report = ErrorReport(
                error: error, phase: phase, request: request, details: details()?.reported, user: contents?.user,
                tags: contents?.tags ?? [:],
                breadcrumbs: (contents?.logs ?? []).map { .init(time: $0.time, level: $0.level, message: $0.message) },
                route: route())
            for reporter in self.reporters { reporter.report(report) }
        }
        await self.emit(ExceptionThrown(error: error, phase: phase, request: request))
    }

    /// Waits until reports are sent, for a moment.
    ///
    /// - Returns: the reporters that did not keep the limit; they are left behind.
    @discardableResult
    package func flushReports(within limit: Duration = .seconds(2)) async -> [String] {
        await withTaskGroup(of: String?.self) { group in
            for reporter in self.reporters {
                group.addTask {
                    // One that keeps the limit by itself must not lose by a hair.
                    let hasEnded = await ends(within: limit * 1.25) { await reporter.flush(within: limit) }
                    return hasEnded ? nil : "the error reporter \(type(of: reporter))"
                }
            }
            return await group.reduce(into: []) { names, name in if let name { names.append(name) } }
        }
    }

    /// Whether someone wants to know what requests leave behind.
    package var wantsTraces: Bool { !self.reporters.isEmpty }
}
