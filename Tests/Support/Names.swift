import Foundation

/// A name nobody else uses, in this run or another: for keys, channels and rooms of a shared Redis.
public func uniqueName(_ purpose: String = "test") -> String {
    "\(purpose)-\(UUID().uuidString.lowercased())"
}
