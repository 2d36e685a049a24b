import VideoAnalysis

/// What the operator of a service decides about its analyses.
struct CoordinatorSettings: Sendable {
    /// The only bucket whose objects are analysed.
    var bucket: String
    /// Where videos and spool files lie while an analysis runs. Made when missing.
    var workFolder: String
    /// Analyses at once; more are answered `at_capacity`.
    var maximumConcurrent: Int
    /// Larger objects are answered `too_large`.
    var maximumVideoBytes: Int64
    /// Longer videos fail as `too_large`.
    var maximumVideoSeconds: Double
    /// Wall time of the download.
    var downloadTimeoutSeconds: Double = 3600
    /// Wall time of the child process.
    var analysisTimeoutSeconds: Double
    /// Wall time of the storing, waiting for a database that is away included.
    var publishTimeoutSeconds: Double = 3600
    /// How long a claim holds without a renewal: the time after which another replica may take over from a dead one.
    var leaseSeconds: Int
    /// Address space of the child process; nil for no limit.
    var memoryLimitBytes: Int64?
    /// Size of one spool file; nil for no limit but the disk.
    var spoolFileLimitBytes: Int64?
    /// The `analysis-service` that is started as the child: this process's own executable.
    var executablePath: String
    /// What the child analyses by. `maximumVideoSeconds` goes before its `maximumSeconds`.
    var analysis: AnalysisSettings
    /// How long analyses may go on after the service was told to stop.
    var stopGraceSeconds: Double
    /// How long an analysis waits for S3, or for the database that its rows go to, when they cannot be reached.
    var outageSeconds: Double
    /// Whether a video's rows go when its object is removed from the bucket; else the video is marked.
    var deletesWithSource = false

    init(
        bucket: String, workFolder: String, maximumConcurrent: Int = 1, maximumVideoBytes: Int64 = 10 << 30,
        maximumVideoSeconds: Double = 4 * 3600, analysisTimeoutSeconds: Double = 2 * 3600, leaseSeconds: Int = 60,
        memoryLimitBytes: Int64? = 4 << 30, spoolFileLimitBytes: Int64? = nil, executablePath: String,
        analysis: AnalysisSettings = AnalysisSettings(), stopGraceSeconds: Double = 20,
        outageSeconds: Double = 60
    ) {
        self.bucket = bucket
        self.workFolder = workFolder
        self.maximumConcurrent = maximumConcurrent
        self.maximumVideoBytes = maximumVideoBytes
        self.maximumVideoSeconds = maximumVideoSeconds
        self.analysisTimeoutSeconds = analysisTimeoutSeconds
        self.leaseSeconds = leaseSeconds
        self.memoryLimitBytes = memoryLimitBytes
        self.spoolFileLimitBytes = spoolFileLimitBytes
        self.executablePath = executablePath
        self.analysis = analysis
        self.stopGraceSeconds = stopGraceSeconds
        self.outageSeconds = outageSeconds
    }
}
