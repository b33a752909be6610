package protocol PollHandler: AnyObject {
    func descriptorReady(_ descriptor: CInt, _ events: PollEvents)
}
