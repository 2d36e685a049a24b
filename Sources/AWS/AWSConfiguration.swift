/// Region and endpoints, as the AWS SDKs read them.
package struct AWSConfiguration: Sendable {
    package var region: String
    /// Services whose endpoint the environment names.
    package var endpoints: [AWSService: AWSEndpoint]
    package var retry: RetryPolicy

    package init(region: String, endpoints: [AWSService: AWSEndpoint] = [:], retry: RetryPolicy = RetryPolicy()) {
        self.region = region
        self.endpoints = endpoints
        self.retry = retry
    }

    package func endpoint(for service: AWSService) -> AWSEndpoint {
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return endpoints[service] ?? AWSEndpoint(host: "\(service.rawValue).\(region).\(domain)")
    }

    /// Reads `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile's `region`; `AWS_ENDPOINT_URL_S3`,
    /// `AWS_ENDPOINT_URL_SQS`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`, else `AWS_ENDPOINT_URL`; `AWS_MAX_ATTEMPTS`.
    /// - Throws: ``AWSError/Kind/configuration`` that names the variable and what was expected.
    package static func load(environment: [String: String]) throws(AWSError) -> AWSConfiguration {
        var region = environment.nonEmpty("AWS_REGION") ?? environment.nonEmpty("AWS_DEFAULT_REGION")
        if region == nil { region = try SharedProfile.load(environment: environment)?["region"] }
        guard let region else {
            throw .configuration("no region: set AWS_REGION, or region in the AWS profile")
        }
        guard region.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || isASCIILetterOrDigit($0) }) else {
            throw .configuration("AWS_REGION is “\(region)”; expected a name such as eu-west-1")
        }
        var configuration = AWSConfiguration(region: region)
        for service in AWSService.allCases {
            for variable in [service.endpointVariable, "AWS_ENDPOINT_URL"] {
                guard let url = environment.nonEmpty(variable) else { continue }
                guard let endpoint = AWSEndpoint(parsing: url) else {
                    // What stands before an @ may be a password.
                    let shown = url.contains("@") ? "an address with user information" : "“\(url)”"
                    throw .configuration("\(variable) is \(shown); expected http://host[:port] or https://host[:port]")
                }
                configuration.endpoints[service] = endpoint
                break
            }
        }
        if let attempts = environment.nonEmpty("AWS_MAX_ATTEMPTS") {
            guard let number = Int(attempts), 1...100 ~= number else {
                throw .configuration("AWS_MAX_ATTEMPTS is “\(attempts)”; expected a number from 1 to 100")
            }
            configuration.retry.maximumAttempts = number
        }
        return configuration
    }
}

extension [String: String] {
    /// The SDKs treat an empty variable as one that is not set.
    func nonEmpty(_ name: String) -> String? {
        guard let value = self[name], !value.isEmpty else { return nil }
        return value
    }
}
