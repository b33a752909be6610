/// Waits for ever, even when cancelled.
func hang() async { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
