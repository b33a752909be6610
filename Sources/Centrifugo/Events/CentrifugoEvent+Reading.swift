import NIOCore
import RoadRunnerAPI

extension CentrifugoEvent {
    /// The event itself; nil when it is invalid.
    var details: (any ProxyEvent)? {
        switch self {
        case .connect(let event): event
        case .refresh(let event): event
        case .subscribe(let event): event
        case .subRefresh(let event): event
        case .publish(let event): event
        case .rpc(let event): event
        case .channelState(let event): event
        case .cacheEmpty(let event): event
        case .invalid: nil
        }
    }

    /// Reads an event. An unreadable one is an event as well.
    ///
    /// - Parameter type: the kind's name in the call.
    init(_ kind: EventKind, type: String, message: EncodedMessage, metadata: ProxyMetadata) {
        do {
            switch kind {
            case .connect: self = .connect(try message.event(metadata))
            case .refresh: self = .refresh(try message.event(metadata))
            case .subscribe: self = .subscribe(try message.event(metadata))
            case .subRefresh: self = .subRefresh(try message.event(metadata))
            case .publish: self = .publish(try message.event(metadata))
            case .rpc: self = .rpc(try message.event(metadata))
            case .channelState: self = .channelState(try message.event(metadata))
            case .cacheEmpty: self = .cacheEmpty(try message.event(metadata))
            }
        } catch {
            self = .invalid(type: type, reason: "its message could not be decoded (\(error))")
        }
    }

    /// An event's message, in the encoding of the call.
    enum EncodedMessage {
        case protobuf(ByteBuffer)
        case json(ByteBuffer)

        fileprivate func event<Event: ProxyEvent>(_ metadata: ProxyMetadata) throws -> Event {
            let message =
                switch self {
                case .protobuf(let bytes): try Event.Message(serializedBuffer: bytes)
                case .json(let bytes): try CentrifugoJSON.decode(Event.Message.self, from: Array(bytes.readableBytesView))
                }
            return Event(message: message, metadata: metadata)
        }
    }
}
