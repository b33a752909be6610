import Goridge

extension LifecycleEventDispatcher {
    /// Notifies observers and reporters of an uncaught error, which was logged before.
    package func exceptionThrown(
        _ error: any Error, phase: ExceptionThrown.Phase, request: RequestIdentity?, route: @autoclosure () -> String? = nil,
        details: @autoclosure () -> RequestDetails? = nil
    ) async {
        let trace = RequestTrace.current
        self.metrics?.exceptionThrown(request?.mode)
        trace?.error(error.typedDescription)
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

    /// Waits for reports to be sent, for a moment.
    ///
    /// - Returns: the reporters that exceeded the limit; they are abandoned.
    @discardableResult
    package func flushReports(within limit: Duration = .seconds(2)) async -> [String] {
        await withTaskGroup(of: String?.self) { group in
            for reporter in self.reporters {
                group.addTask {
                    // A reporter that keeps to the limit by itself must not lose the race.
                    let hasEnded = await ends(within: limit * 1.25) { await reporter.flush(within: limit) }
                    return hasEnded ? nil : "the error reporter \(type(of: reporter))"
                }
            }
            return await group.reduce(into: []) { names, name in if let name { names.append(name) } }
        }
    }

    /// Whether traces of requests are needed.
    package var wantsTraces: Bool { !self.reporters.isEmpty }
}
