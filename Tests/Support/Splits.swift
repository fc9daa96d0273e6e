/// Every way a decoder may be fed `input`: whole, byte by byte, and cut in two at every place.
public func everyFeeding(of input: [UInt8]) -> [[[UInt8]]] {
    var feedings: [[[UInt8]]] = [[input], input.map { [$0] }]
    guard input.count > 1 else { return feedings }
    for cut in 1..<input.count {
        feedings.append([Array(input[..<cut]), Array(input[cut...])])
    }
    return feedings
}
