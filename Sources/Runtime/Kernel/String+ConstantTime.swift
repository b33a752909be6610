extension String {
    /// Compares secrets in constant time, wherever they differ.
    package func equalsInConstantTime(_ given: String) -> Bool {
        let (wanted, given) = (Array(self.utf8), Array(given.utf8))
        var difference = wanted.count ^ given.count
        for (index, byte) in wanted.enumerated() { difference |= Int(byte ^ (index < given.count ? given[index] : 0)) }
        return difference == 0
    }
}
