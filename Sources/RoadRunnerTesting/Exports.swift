// Types in the API for frames and bodies.
@_exported public import Goridge
// Methods, headers and statuses, as in Hummingbird.
@_exported public import HTTPTypes

@_exported public import struct NIOCore.ByteBuffer
