/// A header line of a part of a multipart form, unfolded.
struct PartHeader: Equatable, CustomStringConvertible {
    let name: [UInt8]
    let value: [UInt8]

    var description: String {
        "\(String(decoding: self.name, as: UTF8.self)): \(String(decoding: self.value, as: UTF8.self))"
    }
}
