public import RoadRunnerRuntime

/// Where keys of encryption are.
public struct EncryptionOptions: ModuleOptions {
    /// `KV_KEYPAIR_PATH`: the keypair of `boot.sealedBox()`, from the working directory; nil for none.
    public var keypairPath: String?

    /// Creates options with their default values.
    public init() {}

    /// Creates options. Those that are left out have their default values.
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
    /// Where keys of encryption are.
    public var encryption: EncryptionOptions {
        get { self[EncryptionOptions.self] }
        set { self[EncryptionOptions.self] = newValue }
    }
}
