import CProcess

/// Records an exchange in flight for the handler of fatal signals, from ``init(_:_:)`` to ``end()``.
///
/// It copies a few bytes into preallocated memory. In a process without such a handler, as in tests, it does nothing.
struct ExchangeRecord {
    private let number: CInt

    init(_ id: ExchangeID, _ subject: some ExchangeSubject) {
        // The thread may be one of Swift's, which have no signal stack.
        roadrunner_use_signal_stack()
        var name: UnsafeMutablePointer<CChar>?
        self.number = roadrunner_exchange_begin(id.low, &name)
        guard let name else { return }
        let buffer = UnsafeMutableRawBufferPointer(start: name, count: Int(ROADRUNNER_EXCHANGE_NAME_SIZE))
        roadrunner_exchange_name(self.number, CInt(clamping: subject.writeName(into: buffer)))
    }

    func end() { roadrunner_exchange_end(self.number) }
}
