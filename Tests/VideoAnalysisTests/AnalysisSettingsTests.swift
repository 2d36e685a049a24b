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

    @Test func classesThatTheDetectorDoesNotKnowAreRefused() {
        let error = #expect(throws: VideoAnalysisError.self) {
            try AnalysisSettings(classes: ["person", "perzon"]).validate()
        }
        #expect(error?.code == .badSetting)
        #expect(error?.message == #"The detector knows no class "perzon", but person, moving_object."#)
        #expect(throws: Never.self) { try AnalysisSettings(classes: ["person"]).validate() }
    }

    @Test func anEmbeddingModelNeedsAManifestOfItsFamily() {
        let bare = ModelFile(path: "/m/osnet.onnx", sha256: "ab", manifest: nil)
        let error = #expect(throws: VideoAnalysisError.self) {
            try AnalysisSettings(embeddingModels: [bare]).validate()
        }
        #expect(error?.code == .badSetting)
        #expect(error?.message.contains("/m/osnet.onnx") == true && error?.message.contains("no manifest") == true)
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
