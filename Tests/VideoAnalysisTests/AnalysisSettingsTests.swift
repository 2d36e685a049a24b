import Testing

@testable import VideoAnalysis

@Suite struct AnalysisSettingsTests {
    @Test(arguments: [0, -1, .nan, .infinity, 1001])
    func impossibleRatesAreRefused(rate: Double) {
        let error = #expect(throws: VideoAnalysisError.self) {
            try VideoAnalyzer(settings: AnalysisSettings(framesPerSecond: rate))
        }
        #expect(error?.code == .badSetting)
    }

    @Test func fingerprintTellsWhatChangesTheRowsAndNothingElse() {
        let plain = AnalysisSettings()
        #expect(plain.fingerprint == AnalysisSettings(framesPerSecond: 5, threads: 7).fingerprint)
        #expect(plain.fingerprint != AnalysisSettings(framesPerSecond: 6).fingerprint)
        #expect(plain.fingerprint != AnalysisSettings(classes: ["person"]).fingerprint)
        #expect(
            AnalysisSettings(classes: ["a", "b", "c"]).fingerprint
                == AnalysisSettings(classes: ["c", "b", "a"]).fingerprint)
    }
}
