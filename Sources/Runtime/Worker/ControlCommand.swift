import Goridge
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The commands of RoadRunner's CONTROL frames.
enum ControlCommand: Hashable {
    /// Asks for the pid. RoadRunner considers the worker ready once it has the answer.
    case pid
    /// Asks the worker to finish its work and exit.
    case stop
    case unknown(String)

    private struct FrameConnection: Decodable {
        var pid: Int?
        var stop: Bool?
    }

    init(_ payload: ByteBuffer) {
        let bytes = Array(payload.readableBytesView.prefix(4096))
        let connection = try? JSONDecoder().decode(FrameConnection.self, from: Data(bytes))
        if connection?.stop == true {
            self = .stop
        } else if connection?.pid != nil {
            self = .pid
        } else {
            self = .unknown(String(decoding: bytes.prefix(200), as: UTF8.self))
        }
    }

    static func pidResponse(_ pid: Int32) -> Frame {
        Frame(flags: [.control, .json], payload: ByteBuffer(string: #"{"pid":\#(pid)}"#))
    }

    /// A response with exactly this context makes RoadRunner stop the worker and give the request to another one.
    static var recycleRequest: Frame {
        let context = ByteBuffer(string: #"{"stop":true}"#)
        return Frame(options: [UInt32(context.readableBytes)], payload: context)
    }
}

package func currentProcessID() -> Int32 { getpid() }
