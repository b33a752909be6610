package enum PortNumber {
    /// - Returns: nil for an invalid port.
    package static func parse(_ text: some StringProtocol) -> Int? {
        text.decimalNumber.flatMap { (1...65535).contains($0) ? $0 : nil }
    }
}
