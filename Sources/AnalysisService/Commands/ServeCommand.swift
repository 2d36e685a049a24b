import AWS
import AnalysisAPI
import ArgumentParser
import Hummingbird
import LogOutput
import Logging
import Metrics
import NIOCore
import PostgreSQL
import ServiceLifecycle
import VideoAnalysis

/// `analysis-service serve`: the HTTP service.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the HTTP API and run analyses.",
        discussion: """
            Settings come from the environment: S3_BUCKET_RAW, DB_SECRET_ARN or DATABASE_URL, HOST (0.0.0.0), \
            PORT (8087), INTERNAL_TOKEN, ANALYSIS_FPS, MAX_CONCURRENT_ANALYSES, MAX_VIDEO_BYTES, MAX_VIDEO_SECONDS, \
            ANALYSIS_TIMEOUT_SECONDS, WORK_DIR, LOG_LEVEL, LOG_FORMAT and AWS's own. The README lists all.
            """)

    /// Batch and ECS send SIGKILL 30 s after SIGTERM: analyses may finish within the coordinator's grace, then the
    /// server ends what it answers, then tasks are cancelled.
    private static let gracefulSeconds = 26
    private static let cancellationSeconds = 2

    func run() async throws {
        let startup = try Startup()
        var settings = try startup.configured {
            (environment) throws(ConfigurationError) in
            try ServiceConfiguration(environment: environment, executablePath: startup.executablePath)
        }
        let metrics = PrometheusRegistry(descriptions: ServiceMetrics.descriptions)
        MetricsSystem.bootstrap(PrometheusMetricsFactory(registry: metrics))
        let logger = startup.logger
        let aws = try startup.makeAWS()
        try await ModelLoading(startup: startup, aws: aws).load(into: &settings)
        let configuration = settings
        let embedding = try await OwnThread.run {
            Result { () throws(VideoAnalysisError) in try ImageEmbedding(settings: configuration.analysis.analysis) }
        }
        let pool = configuration.database.makePool(aws: aws, logger: logger)
        let store = AnalysisStore(pool: pool, logger: logger)
        let s3 = S3Client(aws)
        let coordinator = AnalysisCoordinator(
            settings: configuration.analysis, store: store, s3: s3, logger: logger)
        let migrator = AnalysisSchema.migrator(logger: logger)
        let api = ServiceAPI(
            coordinator: coordinator, settings: configuration.analysis, store: store, s3: s3,
            readiness: Readiness(pool: pool, migrator: migrator, isStopping: { coordinator.isStopping }),
            metrics: metrics, embedding: embedding,
            waitSeconds: configuration.analysis.analysisTimeoutSeconds, internalToken: configuration.internalToken)

        // Shut down from the last to the first: the server answers until the analyses are finished or released.
        var services: [any Service] = [
            server(api, configuration, logger), CoordinatorService(coordinator: coordinator),
        ]
        if configuration.database.migrateOnStart {
            services.append(SchemaInstallation(pool: pool, migrator: migrator, logger: logger))
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: startup.quietLogger)
        group.maximumGracefulShutdownDuration = .seconds(Self.gracefulSeconds)
        group.maximumCancellationDuration = .seconds(Self.cancellationSeconds)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await ServiceGroup(configuration: group).run())
        } catch {
            outcome = .failure(error)
        }
        // The threads of libcurl must have ended before the process does.
        await pool.close()
        await aws.shutdown()
        try end(outcome, configuration, logger)
    }

    private func end(
        _ outcome: Result<Void, any Error>, _ configuration: ServiceConfiguration, _ logger: Logger
    ) throws {
        switch outcome {
        case .success: logger.info("service stopped")
        case .failure(let error as IOError):
            Startup.say("cannot listen on \(configuration.host):\(configuration.port): \(error)")
            throw Startup.unavailableExitCode
        case .failure(let error as SocketAddressError.UnknownHost):
            Startup.say("HOST is \"\(configuration.host)\": expected a name or address of this machine: \(error)")
            throw Startup.configurationExitCode
        case .failure(let error as WorkFolder.Failure):
            Startup.say("WORK_DIR cannot be used: \(error)")
            throw Startup.configurationExitCode
        case .failure(let error):
            logger.error("service failed", metadata: ["error": "\(error)"])
            throw ExitCode.failure
        }
    }

    private func server(
        _ api: ServiceAPI, _ configuration: ServiceConfiguration, _ logger: Logger
    ) -> some Service {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return Application(
            router: api.makeRouter(logger: logger),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        ConnectionGuard(
                            bodyTimeout: .seconds(Int64(configuration.requestTimeoutSeconds)), logger: logger)
                    ],
                    idleTimeout: .seconds(Int64(configuration.idleTimeoutSeconds)))),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(configuration.maximumConnections, logger: quiet)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                logger.info(
                    "service started",
                    metadata: [
                        "http.host": "\(configuration.host)", "http.port": "\(port)",
                        "s3.bucket": "\(configuration.analysis.bucket)",
                    ])
            }, logger: quiet)
    }
}

/// The coordinator as a member of the service group.
private struct CoordinatorService: Service {
    let coordinator: AnalysisCoordinator

    func run() async throws {
        try await coordinator.run()
    }
}
