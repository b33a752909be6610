import Goridge
import NIOCore
import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The responses of RoadRunner's plugins. Confined to the loop.
final class ServerPlugins {
    private let names: [String]
    private var storages: [ExactString: MemoryDriver] = [:]
    private let locks: LockTable
    /// The declared metrics and their values.
    private(set) var collectors = MetricTable()
    /// The lines that the application's logger received, with their levels.
    private(set) var logLines: [String] = []

    /// - Parameter crash: ends the server when an earlier call crashes RoadRunner later.
    init(loop: PollEventLoop, storages: [String], crash: @escaping () -> Void) {
        self.names = storages
        self.locks = LockTable(loop: loop, crash: crash)
        self.reset()
    }

    /// The names that RoadRunner's `lock` plugin keeps.
    var lockNames: Set<String> { self.locks.known }

    /// Clears everything in memory, as when RoadRunner restarts.
    func reset() {
        self.storages = Dictionary(self.names.map { (ExactString($0), MemoryDriver()) }) { first, _ in first }
        self.locks.removeAll()
        self.collectors = MetricTable()
    }

    /// - Throws: RoadRunner's error, or a crash of RoadRunner.
    func call(_ call: TestRPCServer.Call, answer: @escaping (ByteBuffer) -> Void) throws {
        guard let dot = call.method.lastIndex(of: ".") else {
            throw MemoryDriver.Failure(text: "rpc: service/method request ill-formed: \(call.method)")
        }
        let method = String(call.method[call.method.index(after: dot)...])
        // An empty message is not decoded, and RoadRunner panics if the result is not a message.
        if call.flags == .proto, call.arguments.readableBytes == 0, Self.jsonMethods.contains(call.method) {
            throw MemoryDriver.Crash()
        }
        switch call.method[..<dot] {
        case "rpc": answer(try self.rpc(method, call))
        case "kv" where !self.names.isEmpty: answer(try self.kv(method, call))
        case "lock": try self.lock(method, call, answer: answer)
        case "metrics": answer(try self.metrics(method, call))
        case "app": answer(try self.app(method, call))
        default: throw MemoryDriver.Failure(text: "rpc: can't find service \(call.method)")
        }
    }

    /// The methods whose results are not messages.
    private static let jsonMethods: Set<String> = [
        "rpc.Version", "rpc.Config", "metrics.Add", "metrics.Sub", "metrics.Set", "metrics.Observe", "metrics.Declare",
        "metrics.Unregister", "app.Debug", "app.Info", "app.Warning", "app.Error", "app.Log",
    ]

    private func unknown(_ call: TestRPCServer.Call) -> MemoryDriver.Failure {
        MemoryDriver.Failure(text: "rpc: can't find method \(call.method)")
    }

    private func metrics(_ method: String, _ call: TestRPCServer.Call) throws -> ByteBuffer {
        guard call.flags == .json else { throw MemoryDriver.Failure(text: "message type is not a proto") }
        try self.collectors.call(method, Data(call.arguments.readableBytesView))
        return ByteBuffer(string: "true")
    }

    private func app(_ method: String, _ call: TestRPCServer.Call) throws -> ByteBuffer {
        guard let level = ["Debug", "Info", "Warning", "Error"].first(where: { method == "\($0)WithContext" }) else {
            throw self.unknown(call)
        }
        let entry: AppLogEntry = try Self.decode(call)
        let attributes = entry.attributes.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        self.logLines.append("\(level) \(entry.message) \(attributes)")
        return ByteBuffer()
    }

    private func rpc(_ method: String, _ call: TestRPCServer.Call) throws -> ByteBuffer {
        if call.flags == .proto {
            throw MemoryDriver.Failure(text: "goridge_read_request_body: message type is not a proto")
        }
        switch (method, call.flags) {
        case ("Version", .json): return ByteBuffer(string: "\"2025.1.15\"")
        case ("Version", _): throw MemoryDriver.Failure(text: "unknown Raw payload type")
        case ("Config", .json): return ByteBuffer(string: "\"\(Data(self.configuration.utf8).base64EncodedString())\"")
        case ("Config", _): return ByteBuffer(string: self.configuration)
        default: throw self.unknown(call)
        }
    }

    private var configuration: String {
        let storages = self.names.map { "\"\($0)\":{\"config\":{},\"driver\":\"memory\"}" }.joined(separator: ",")
        return "{\"kv\":{\(storages)},\"rpc\":{\"listen\":\"tcp://127.0.0.1:6001\"},\"version\":\"3\"}"
    }

    private func kv(_ method: String, _ call: TestRPCServer.Call) throws -> ByteBuffer {
        let prefixes = [
            "Has": "rpc_has", "Set": "rpc_set", "MGet": "rpc_mget", "MExpire": "rpc_mexpire", "TTL": "rpc_ttl",
            "Delete": "rcp_delete", "Clear": "rcp_delete",
        ]
        guard let prefix = prefixes[method] else { throw self.unknown(call) }
        let request: KVRequest = try Self.decode(call)
        guard !request.storage.isEmpty || method == "Set" else {
            throw MemoryDriver.Failure(text: "\(prefix): no storage provided")
        }
        let storage = ExactString(request.storage)
        guard self.storages[storage] != nil else {
            throw MemoryDriver.Failure(text: "\(prefix): no such storage: \(request.storage)")
        }
        do {
            let items = try self.perform(method, on: &self.storages[storage, default: MemoryDriver()], request.items)
            return try KVResponse.with { $0.items = items }.serializedBuffer()
        } catch let failure as MemoryDriver.Failure {
            throw MemoryDriver.Failure(text: "\(prefix): \(failure.text)")
        }
    }

    /// The storage that a call clears; nil for other calls.
    static func clearedStorage(_ call: TestRPCServer.Call) -> String? {
        call.method == "kv.Clear" ? (try? Self.decode(call) as KVRequest)?.storage : nil
    }

    private func perform(_ method: String, on driver: inout MemoryDriver, _ items: [KVItem]) throws -> [KVItem] {
        switch method {
        case "Has": return try driver.has(items)
        case "MGet": return try driver.get(items)
        case "TTL": return try driver.timeToLive(items)
        case "Set": try driver.set(items)
        case "MExpire": try driver.expire(items)
        case "Delete": try driver.remove(items)
        default: driver.clear()
        }
        return []
    }

    private func lock(_ method: String, _ call: TestRPCServer.Call, answer: @escaping (ByteBuffer) -> Void) throws {
        guard ["Lock", "Release", "ForceRelease", "Exists", "UpdateTTL"].contains(method) else { throw self.unknown(call) }
        let request: LockRequest = try Self.decode(call)
        guard !request.id.isEmpty || method == "ForceRelease" else {
            throw MemoryDriver.Failure(text: "empty ID is not allowed")
        }
        let reply: (Bool) -> Void = { isDone in
            let response = LockResponse.with { $0.ok = isDone }
            answer((try? response.serializedBuffer()) ?? ByteBuffer())
        }
        switch method {
        case "Lock": try self.locks.lock(request, answer: reply)
        case "Release": reply(self.locks.release(request))
        case "ForceRelease": reply(self.locks.forceRelease(request))
        case "Exists": reply(self.locks.exists(request))
        default: reply(try self.locks.updateTTL(request))
        }
    }

    private static func decode<Request: Message>(_ call: TestRPCServer.Call) throws -> Request {
        guard call.flags == .proto else {
            throw MemoryDriver.Failure(text: "this server of the test kit takes protobuf only")
        }
        do {
            return try Request(serializedBuffer: call.arguments)
        } catch {
            throw MemoryDriver.Failure(text: "goridge_read_request_body: \(error)")
        }
    }
}
