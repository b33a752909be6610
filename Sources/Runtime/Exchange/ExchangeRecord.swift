import CProcess

/// Tells the handler of fatal signals which exchange is in hand, from ``init(_:_:)`` to ``end()``.
///
/// It copies a few bytes into memory that is there already. In a process without such a handler, a test's, it does nothing.
struct ExchangeRecord {
    private let number: CInt

    init(_ id: ExchangeID, _ subject: some ExchangeSubject) {
        // The thread may be one of Swift's, which have no such stack.
        roadrunner_use_signal_stack()
        var name: UnsafeMutablePointer<CChar>?
        self.number = roadrunner_exchange_begin(id.low, &name)
        guard let name else { return }
        let buffer = UnsafeMutableRawBufferPointer(start: name, count: Int(ROADRUNNER_EXCHANGE_NAME_SIZE))
        roadrunner_exchange_name(self.number, CInt(clamping: subject.writeName(into: buffer)))
    }

    func end() { roadrunner_exchange_end(self.number) }
}
