public import RoadRunnerRuntime

extension HTTP: SelfDescribing {
    public func describe(_ description: inout KernelDescription) {
        description.tables.append(KernelDescription.Table(mode: Self.mode, routes: self.routes))
    }
}
