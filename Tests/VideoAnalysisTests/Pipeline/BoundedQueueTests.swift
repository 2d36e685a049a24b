import Testing

@testable import VideoAnalysis

@Suite struct BoundedQueueTests {
    @Test func everyElementArrivesInOrderThroughASmallQueue() async throws {
        let queue = BoundedQueue<Int>(capacity: 2)
        let producer = WorkerThread(name: "producer") {
            for number in 0..<2000 { guard queue.push(number) else { return } }
            queue.finish()
        }
        let received = try await onThread {
            var received: [Int] = []
            while case .element(let number) = queue.pop() { received.append(number) }
            producer.join()
            return received
        }
        #expect(received == Array(0..<2000))
    }

    @Test func cancellingFreesAProducerThatWaits() async throws {
        let queue = BoundedQueue<Int>(capacity: 1)
        let refused = try await onThread {
            #expect(queue.push(1))
            let canceller = WorkerThread(name: "canceller") { queue.cancel() }
            let wasAccepted = queue.push(2)
            canceller.join()
            return !wasAccepted && !queue.push(3)
        }
        #expect(refused)
        #expect(queue.isEnded)
        guard case .end = queue.pop() else {
            Issue.record("a cancelled queue gives nothing")
            return
        }
    }

    @Test func anEmptyQueueTimesOut() {
        let queue = BoundedQueue<Int>(capacity: 1)
        guard case .timedOut = queue.pop(within: 0.001) else {
            Issue.record("nothing was pushed")
            return
        }
    }
}
