import Foundation
import Synchronization
import TestSupport
import Testing

@testable import AWS

@Suite struct CachedCredentialsTests {
    /// Hands out numbered keys that live 1,000 s of the test's clock, and fails when told to.
    private final class Source: CredentialProvider {
        struct State {
            var now: TimeInterval = 0
            var asked = 0
            var fails = false
            var isOpen = true
        }

        let state = Mutex(State())

        func credentials() async throws(AWSError) -> AWSCredentials {
            let (number, now, fails) = state.withLock { state in
                state.asked += 1
                return (state.asked, state.now, state.fails)
            }
            do {
                try await eventually("the source's opening") { state.withLock { $0.isOpen } }
            } catch {
                throw .credentials("\(error)")
            }
            if fails { throw .credentials("the endpoint is down") }
            return AWSCredentials(
                accessKeyID: "key-\(number)", secretAccessKey: "s",
                expiration: Date(timeIntervalSince1970: now + 1000))
        }

        func cached() -> CachedCredentials {
            CachedCredentials(self, now: { [self] in Date(timeIntervalSince1970: state.withLock { $0.now }) })
        }

        func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    }

    @Test func keysAreRenewedBeforeTheyExpire() async throws {
        let source = Source()
        let cached = source.cached()
        for (time, expected) in [(0.0, "key-1"), (699, "key-1"), (701, "key-2"), (1400, "key-2"), (5000, "key-3")] {
            source.set { $0.now = time }
            #expect(try await cached.credentials().accessKeyID == expected)
        }
    }

    @Test func failedRenewalKeepsKeysThatStillHold() async throws {
        let source = Source()
        let cached = source.cached()
        _ = try await cached.credentials()
        source.set {
            $0.now = 800; $0.fails = true
        }
        #expect(try await cached.credentials().accessKeyID == "key-1")
        source.set { $0.now = 1001 }
        await #expect(throws: AWSError.self) { try await cached.credentials() }
        source.set { $0.fails = false }
        #expect(try await cached.credentials().accessKeyID == "key-4")
    }

    @Test func manyCallersAskOnce() async throws {
        let source = Source()
        source.set { $0.isOpen = false }
        let cached = source.cached()
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await cached.credentials().accessKeyID } }
            try await eventually("the first call") { source.state.withLock { $0.asked } > 0 }
            source.set { $0.isOpen = true }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(keys == ["key-1"])
    }

    @Test func cancelledCallerDoesNotEndTheRenewal() async throws {
        let source = Source()
        source.set { $0.isOpen = false }
        let cached = source.cached()
        let first = Task { try await cached.credentials() }
        try await eventually("the call") { source.state.withLock { $0.asked } == 1 }
        first.cancel()
        source.set { $0.isOpen = true }
        #expect(try await cached.credentials().accessKeyID == "key-1")
    }
}
