import FoundationEssentials

/// Keeps temporary credentials and renews them five minutes before they expire.
///
/// However many callers ask at once, the source is asked once. While the old credentials still hold, a failed renewal
/// is not an error: the next call tries again.
actor CachedCredentials: CredentialProvider {
    private let source: any CredentialProvider
    private let now: @Sendable () -> Date
    private var current: AWSCredentials?
    private var renewal: Task<Result<AWSCredentials, AWSError>, Never>?

    private static let marginSeconds: TimeInterval = 300

    init(_ source: any CredentialProvider, now: @escaping @Sendable () -> Date) {
        self.source = source
        self.now = now
    }

    func credentials() async throws(AWSError) -> AWSCredentials {
        if let current, isValid(current, forSeconds: Self.marginSeconds) { return current }
        switch await renew() {
        case .success(let renewed): return renewed
        case .failure(let error):
            if let current, isValid(current, forSeconds: 0) { return current }
            throw error
        }
    }

    private func isValid(_ credentials: AWSCredentials, forSeconds seconds: TimeInterval) -> Bool {
        guard let expiration = credentials.expiration else { return true }
        return expiration.timeIntervalSince(now()) > seconds
    }

    /// The renewal is a task of its own, since the caller that began it may be cancelled while others wait for it.
    private func renew() async -> Result<AWSCredentials, AWSError> {
        if let renewal { return await renewal.value }
        let task = Task { [source] in
            do throws(AWSError) {
                return Result<AWSCredentials, AWSError>.success(try await source.credentials())
            } catch {
                return .failure(error)
            }
        }
        renewal = task
        let result = await task.value
        renewal = nil
        if case .success(let renewed) = result { current = renewed }
        return result
    }
}
