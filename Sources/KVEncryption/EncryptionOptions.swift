public import RoadRunnerRuntime

/// The locations of encryption keys.
public struct EncryptionOptions: ModuleOptions {
    /// `KV_KEYPAIR_PATH`: the path of the keypair for `boot.sealedBox()`, relative to the working directory; nil for none.
    public var keypairPath: String?

    /// Creates options with their default values.
    public init() {}

    /// Creates options. Omitted ones have their default values.
    public init(
        keypairPath: String? = nil
    ) {
        self.keypairPath = keypairPath
    }

    public mutating func read(_ reader: OptionReader) {
        if let path = reader.text("kv.keypair.path") { self.keypairPath = path }
    }
}

extension RuntimeOptions {
    /// The locations of encryption keys.
    public var encryption: EncryptionOptions {
        get { self[EncryptionOptions.self] }
        set { self[EncryptionOptions.self] = newValue }
    }
}
