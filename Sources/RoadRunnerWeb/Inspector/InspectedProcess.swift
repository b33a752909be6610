/// The records of one process.
struct InspectedProcess: Codable, Sendable {
    /// The id, which is unique across processes.
    let id: String
    let pid: Int
    /// When it was last written, in milliseconds since 1970.
    let changed: Int
    /// The records, latest first.
    let records: [InspectorRecord]
}
