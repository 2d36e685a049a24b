import Foundation

/// Hands values from one thread to another; a producer that is ahead waits, so that few frames are ever in memory.
///
/// Unchecked since the state is touched only while `condition`'s lock is held.
final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    enum Next {
        case element(Element)
        case timedOut
        /// The producer has finished and everything is taken, or the queue is cancelled.
        case end
    }

    private let condition = NSCondition()
    private let capacity: Int
    private var elements: [Element] = []
    private var isFinished = false
    private var isCancelled = false

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Waits for room.
    ///
    /// - Returns: False when the consumer wants no more.
    func push(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while elements.count >= capacity && !isCancelled { condition.wait() }
        guard !isCancelled else { return false }
        elements.append(element)
        condition.broadcast()
        return true
    }

    /// Waits for the next element, for at most `seconds` when given.
    func pop(within seconds: Double? = nil) -> Next {
        condition.lock()
        defer { condition.unlock() }
        let deadline = seconds.map { Date(timeIntervalSinceNow: $0) }
        while elements.isEmpty && !isFinished && !isCancelled {
            if let deadline {
                if !condition.wait(until: deadline) && elements.isEmpty && !isFinished && !isCancelled {
                    return .timedOut
                }
            } else {
                condition.wait()
            }
        }
        guard !isCancelled, !elements.isEmpty else { return .end }
        defer { condition.broadcast() }
        return .element(elements.removeFirst())
    }

    /// Whether the consumer wants no more.
    var isEnded: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isCancelled
    }

    /// Called by the producer after its last element.
    func finish() {
        condition.lock()
        isFinished = true
        condition.broadcast()
        condition.unlock()
    }

    /// Wakes and ends both sides, and lets go of what is queued.
    func cancel() {
        condition.lock()
        isCancelled = true
        elements.removeAll()
        condition.broadcast()
        condition.unlock()
    }
}
