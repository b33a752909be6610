public import RoadRunnerRuntime

/// Options for finding key-value stores and encoding values.
public struct KeyValueOptions: ModuleOptions {
    /// `KV_AUTO_REGISTER`: whether names are checked against RoadRunner's configuration. When false, every name is accepted.
    public var autoRegister = true
    /// `KV_SERIALIZER`: how values are encoded unless the code names a coder: `json`, `raw`, `plist` or `protobuf`.
    public var serializer = "json"

    /// Creates options with their default values.
    public init() {}

    /// Creates options. Omitted ones have their default values.
    public init(
        autoRegister: Bool = true, serializer: String = "json"
    ) {
        self.autoRegister = autoRegister
        self.serializer = serializer
    }

    public mutating func read(_ reader: OptionReader) throws(OptionError) {
        if let flag = try reader.flag("kv.auto.register") { self.autoRegister = flag }
        if let name = reader.text("kv.serializer") { self.serializer = name }
    }

    /// The coder that ``serializer`` names.
    func coder() throws(OptionError) -> any ValueCoder {
        switch self.serializer.lowercased() {
        case "json": return JSONValueCoder()
        case "raw": return RawValueCoder()
        case "plist": return PropertyListValueCoder()
        case "protobuf": return ProtobufValueCoder()
        case let name: throw OptionError(key: "KV_SERIALIZER", value: name, expectation: "json, raw, plist or protobuf")
        }
    }
}

extension RuntimeOptions {
    /// Options for finding key-value stores and encoding values.
    public var keyValue: KeyValueOptions {
        get { self[KeyValueOptions.self] }
        set { self[KeyValueOptions.self] = newValue }
    }
}
