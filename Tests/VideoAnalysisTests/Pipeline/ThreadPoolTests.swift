import Foundation
import Synchronization
import Testing

@testable import VideoAnalysis

@Suite struct ThreadPoolTests {
    @Test(arguments: [(1, 0), (1, 7), (2, 1), (2, 2), (3, 100), (8, 5)])
    func resultsComeInTheOrderOfTheJobs(threads: Int, jobs: Int) async throws {
        let results = try await onThread {
            let pool = ThreadPool(count: threads)
            return (0..<20).map { round in pool.map(jobs) { $0 * 3 + round } }
        }
        for (round, values) in results.enumerated() { #expect(values == (0..<jobs).map { $0 * 3 + round }) }
    }

    /// Each of two jobs waits for the other to begin: they end only if they run at once.
    @Test func jobsRunAtOnce() async throws {
        let begun = Atomic(0)
        let results = try await onThread {
            ThreadPool(count: 2).map(2) { _ in
                begun.wrappingAdd(1, ordering: .relaxed)
                while begun.load(ordering: .relaxed) < 2 { sched_yield() }
                return true
            }
        }
        #expect(results == [true, true])
    }
}
