public import RoadRunnerRuntime

/// How key-value stores are found, and values encoded.
public struct KeyValueOptions: ModuleOptions {
    /// `KV_AUTO_REGISTER`: whether RoadRunner's configuration says which storages there are. When false, every name is taken for one.
    public var autoRegister = true
    /// `KV_SERIALIZER`: how values are encoded where the code does not say it: `json`, `raw`, `plist` or `protobuf`.
    public var serializer = "json"

    /// Creates options with their default values.
    public init() {}

    /// Creates options. Those that are left out have their default values.
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
    /// How key-value stores are found, and values encoded.
    public var keyValue: KeyValueOptions {
        get { self[KeyValueOptions.self] }
        set { self[KeyValueOptions.self] = newValue }
    }
}
