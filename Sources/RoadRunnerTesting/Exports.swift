// Types that tests name when they look at frames and bodies.
@_exported public import Goridge
// Methods, headers and statuses, which are Hummingbird's as well.
@_exported public import HTTPTypes

@_exported public import struct NIOCore.ByteBuffer
