// What tests name when they look at frames and bodies.
@_exported public import Goridge
@_exported public import struct NIOCore.ByteBuffer
