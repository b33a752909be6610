/// Random numbers that a printed seed reproduces: SplitMix64.
///
/// `TEST_SEED` in the environment chooses the seed.
package struct SeededGenerator: RandomNumberGenerator, CustomStringConvertible {
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        self.state = seed
    }

    /// Creates a generator with a new seed for each run, and prints it.
    package static func forTest(_ name: String = #function) -> SeededGenerator {
        let generator = SeededGenerator(seed: Environment.variable("TEST_SEED").flatMap { UInt64($0) } ?? .random(in: 0 ... .max))
        print("\(name): TEST_SEED=\(generator.seed)")
        return generator
    }

    package var description: String { "TEST_SEED=\(self.seed)" }

    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    package mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &self) } }
}
