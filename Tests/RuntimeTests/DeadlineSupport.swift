/// Waits for ever, whatever it is told.
func hang() async { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
