import Foundation

/// A process' CPU time and memory, from the system.
struct ProcessMeter {
    /// Seconds, children that have ended included.
    var user = 0.0
    var system = 0.0
    /// Bytes.
    var memory = 0

    static func read(_ processes: [Int32]) -> ProcessMeter {
        var sum = ProcessMeter()
        let tick = Double(sysconf(Int32(_SC_CLK_TCK)))
        for process in processes {
            guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 21
            else { continue }
            // proc(5): utime is field 14, and the name before the bracket ends the second.
            sum.user += ((Double(fields[11]) ?? 0) + (Double(fields[13]) ?? 0)) / tick
            sum.system += ((Double(fields[12]) ?? 0) + (Double(fields[14]) ?? 0)) / tick
            sum.memory += (Int(fields[21]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
        }
        return sum
    }
}
