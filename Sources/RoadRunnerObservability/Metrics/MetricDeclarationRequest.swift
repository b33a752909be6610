struct MetricDeclarationRequest: Sendable {
    let name: String
    let definition: MetricDefinition
    /// Whether RoadRunner has reported the metric as unknown: marks of other workers do not count then.
    let isForced: Bool
}
