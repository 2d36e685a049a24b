import CLibFuzzer
import FuzzTargets
import Glibc

// fuzz TARGET [libFuzzer's own arguments]: Fuzzing/run calls it.

/// libFuzzer's callback cannot capture: the target is set once, before libFuzzer starts.
nonisolated(unsafe) var target = FuzzTarget.json

guard CommandLine.arguments.count > 1, let chosen = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
    print("usage: Fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [libFuzzer's arguments]")
    exit(64)
}
target = chosen

var arguments = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
var count = Int32(arguments.count)
var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
let status = pointers.withUnsafeMutableBufferPointer { buffer in
    guard var base = buffer.baseAddress else { return Int32(70) }
    return LLVMFuzzerRunDriver(&count, &base) { data, size in
        do {
            try target.check(Array(UnsafeBufferPointer(start: data, count: size)))
            return 0
        } catch {
            // A crash is how libFuzzer learns of a finding, and keeps its input.
            fatalError("\(error)")
        }
    }
}
exit(status)
