// Built with the sources it tests into one module by Scripts/fuzz.sh: SwiftPM can't link libFuzzer.

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

private func isMade(_ text: some StringProtocol, of others: String) -> Bool {
    let allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + others
    return (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(allowed.utf8.contains)
}

private func checkNames(_ text: String) {
    let room = RoomName(text)
    demand((room != nil) == isMade(text, of: "._-"), "not what a room may be called")
    demand(room.map { $0.text == text && $0.description == text } != false, "another room")
    demand(MessageID.isValid(text) == isMade(text, of: "_-"), "not what an id may be")
    if let room {
        demand(RoomKeys.room(ofChannel: RoomKeys(room, database: 3).channel, database: 3) == room, "another channel")
    }
    for channel in [text, "chat@0:{\(text)}"] {
        guard let room = RoomKeys.room(ofChannel: channel, database: 0) else { continue }
        demand(Array(channel.utf8) == Array("chat@0:{\(room)}".utf8), "two channels of a room")
    }

    let token = MemberToken(text)
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(String.init)
    demand((token != nil) == (parts.count == 2 && parts.allSatisfy { isMade($0 ?? "", of: "_-") }), "no token, or one")
    if let token {
        demand(token.text == text && MemberToken(socket: token.socket, secret: token.secret) == token, "another token")
        demand(token.hasSecret(token.secret) && !token.hasSecret(token.secret + "a"), "its secret isn't its secret")
        demand(token.hasSecret(token.socket) == (token.secret == token.socket), "another's secret")
        demand(!token.hasSecret(String(token.secret.dropLast())), "a part of its secret is enough")
    }

    if let name = Member.validName(text) {
        demand((1...40).contains(name.count) && name.utf8.count <= 640, "a name is too long")
        demand(Member.validName(name).map { Array($0.utf8) } == Array(name.utf8), "a valid name changes")
        demand(text.utf8.count >= name.utf8.count && text.contains(name), "another name")
        demand(
            !name.unicodeScalars.contains { $0.value < 32 || $0.properties.isBidiControl || $0.value == 0x200B },
            "hidden")
    }
}

/// The bytes behind percent signs, by way of the pieces between them; nil in place of a sign that stands for nothing.
private func decoded(_ text: [UInt8]) -> [UInt8?] {
    let pieces = text.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).map(Array.init)
    return pieces.enumerated().flatMap { index, piece -> [UInt8?] in
        if index == 0 { return piece.map(Optional.some) }
        let digits = piece.prefix(2)
        guard digits.count == 2, digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }) else {
            return [nil] + piece.map(Optional.some)
        }
        return [UInt8(String(decoding: digits, as: UTF8.self), radix: 16)] + piece.dropFirst(2).map(Optional.some)
    }
}

private func decodedPath(_ text: [UInt8]) -> String? {
    let bytes = decoded(text)
    return bytes.contains(nil) ? nil : String(validating: bytes.compactMap(\.self), as: UTF8.self)
}

private func decodedForm(_ text: [UInt8]) -> String {
    String(
        decoding: decoded(text.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }).map { $0 ?? UInt8(ascii: "%") },
        as: UTF8.self)
}

private func checkTarget(_ bytes: [UInt8], _ text: String) {
    demand(
        PercentEncoding.decode(bytes).map { Array($0.utf8) } == decodedPath(bytes).map { Array($0.utf8) },
        "another path")
    demand(PercentEncoding.decodeForm(bytes[...]).utf8.elementsEqual(decodedForm(bytes).utf8), "another text")
    let visible = PercentEncoding.visible(text)
    demand(visible.allSatisfy { (0x21...0x7E).contains($0) }, "something can't be seen")
    demand(PercentEncoding.decode(visible) == PercentEncoding.decode(text.utf8), "made visible it is another text")

    guard let target = try? HTTPRequestTarget(bytes[...]) else { return }
    let pieces = bytes.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false).map(
        Array.init)
    if bytes.first == UInt8(ascii: "/") {
        demand(target.authority == nil && target.path == decodedPath(pieces[0]), "another path")
    } else {
        demand(
            target.path == "*" || target.path.utf8.first == UInt8(ascii: "/") && target.authority != nil,
            "a path that is none")
    }
    let items = pieces.count < 2 ? [] : pieces[1].split(separator: UInt8(ascii: "&"))
    demand(items.count == target.queryItems.count, "more or fewer items")
    for (item, found) in zip(items, target.queryItems) {
        let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false).map(
            Array.init)
        demand(decodedForm(parts[0]) == found.name, "another name")
        demand(decodedForm(parts.count > 1 ? parts[1] : []) == found.value, "another value")
    }
}

/// What a server on the loopback answers to is none of the names that DNS does.
private func checkHost(_ authority: HTTPAuthority) {
    demand(HostPolicy.any.allows(authority), "any name isn't any")
    demand(HostPolicy(allowing: [authority.host])?.allows(authority) != false, "a name nobody can allow")
    guard HostPolicy.local.allows(authority), authority.host.utf8.first != UInt8(ascii: "[") else { return }
    var labels = authority.host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(
        Array.init)
    if labels.count > 1, labels.last == [] { labels.removeLast() }
    demand(labels.allSatisfy { !$0.isEmpty }, "an empty label")
    demand(
        labels.last == Array("localhost".utf8)
            || labels.count <= 4 && labels.allSatisfy { "0123456789".utf8.contains($0[0]) }, "a name of anybody's")
}

private func checkOrigin(_ text: String) {
    let authority = HTTPAuthority(text)
    let reference = HTTPReference.Authority(text[...])
    demand(authority?.host == reference?.host && authority?.port == reference?.port, "another authority")
    demand((authority == nil) == (reference == nil), "an authority that is none, or overlooked")
    func written(_ host: String, _ port: Int?) -> String { host + (port.map { ":\($0)" } ?? "") }
    if let authority {
        demand(HTTPAuthority(written(authority.host, authority.port)) == authority, "written again it is another")
        checkHost(authority)
    }
    guard let origin = WebOrigin(text) else { return }
    demand(WebOrigin("\(origin.scheme)://\(written(origin.host, origin.port))") == origin, "another origin")
    demand(OriginPolicy(allowing: [text]) != nil, "an origin nobody can allow")
    let isPage = ["http", "https", "ws", "wss"].contains(origin.scheme)
    if !isPage, origin.host.isEmpty { return }
    guard let host = HTTPAuthority(written(origin.host, origin.port)) else { fatalError("an origin without a host") }
    demand(origin.isServed(as: host) == isPage, "a page isn't of its own host")
    demand(!origin.isServed(as: HTTPAuthority("x" + host.host)) && !origin.isServed(as: nil), "a page of another host")
}

/// Everything but letters, digits, dots and what is named, with percent signs.
private func encoded(_ text: String, but kept: String = "") -> String {
    let plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.".utf8
    return text.utf8.map { byte in
        let isKept = plain.contains(byte) || kept.utf8.contains(byte)
        return isKept ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
}

private func checkAddresses(_ text: String) {
    // What stands before the last @ may be a password.
    let parts = text.unicodeScalars.split(separator: "@").map(String.init)
    let isMarked =
        parts.count > 1 && parts.dropLast().joined().contains("s3cret") && parts.last?.contains("s3cret") == false
    do throws(RedisError) {
        let read = try RedisConfiguration(url: text)
        demand(!read.host.isEmpty && read.port > 0 && read.database >= 0, "not an address")
        demand(read.host.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }, "a host nobody can have")
        demand(!read.description.contains("s3cret") || !isMarked, "a password is shown: \(read.description)")
        // Of a host that needs encoding there is more than one form.
        let host = encoded(read.host, but: "-_") == read.host ? read.host : "h"
        let user = encoded(read.username ?? "") + ":" + encoded(read.password ?? "")
        guard let again = try? RedisConfiguration(url: "redis://\(user)@\(host):\(read.port)/\(read.database)") else {
            fatalError("written again it is no address: redis://\(user)@\(host):\(read.port)/\(read.database)")
        }
        demand(again.host == host && again.port == read.port && again.database == read.database, "another address")
        demand(again.username == read.username && again.password == read.password, "another user")
    } catch {
        guard case .invalidAddress = error else { fatalError("\(error)") }
        demand(!error.description.contains("s3cret") || !isMarked, "a password is shown: \(error)")
    }
    guard let address = WebSocketAddress(text) else { return }
    demand(!address.host.isEmpty && address.port > 0, "not an address")
    demand(address.host.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }, "a host nobody can have")
    demand(address.target.hasPrefix("/") && address.target.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "no target")
}

private func checkBytes(_ input: UnsafeRawBufferPointer) {
    for cuts in [Cuts.none, .everyByte, .random] {
        var validator = UTF8Validator()
        var isGood = true
        cuts.feed(input) { chunk, _ in
            isGood = validator.validate(UnsafeRawBufferPointer(chunk))
            return isGood
        }
        demand((isGood && validator.isComplete) == (String(validating: input, as: UTF8.self) != nil), "UTF-8 or not")
    }
    let bytes = Array(input)
    demand(Base64.encode(bytes) == Data(bytes).base64EncodedString(), "other digits")
    let text = String(decoding: input, as: UTF8.self)
    for digits in [text, String(text.prefix(22)) + "==", Base64.encode(Array(bytes.prefix(16)))] {
        let data = Data(base64Encoded: digits)
        let isKey = data?.count == 16 && data?.base64EncodedString() == digits
        demand(Base64.isSixteenBytes(digits) == isKey, "a key that is none, or overlooked")
    }
    demand(HTTPSyntax.number(bytes, limit: 65_535) == number(text), "another number")

    let code = CloseCode(rawValue: bytes.prefix(2).reduce(0) { $0 << 8 | UInt16($1) })
    let isValid = [1000, 1001, 1002, 1003].contains(code.rawValue) || (1007...1014).contains(code.rawValue)
    demand(code.isValidOnTheWire == (isValid || (3...4).contains(code.rawValue / 1000)), "a close code")
    let frame = EncodedFrame.close(code, reason: text).bytes
    demand(frame.count <= 127 && frame.count == Int(frame[1]) + 2, "a Close of another length")
    let reason = Array(frame.dropFirst(4))
    demand(Array(text.utf8).starts(with: reason), "other words")
    demand(String(validating: reason, as: UTF8.self) != nil, "a character is cut")
    demand(!code.isValidOnTheWire || reason.count == text.utf8.count || reason.count >= 120, "words are missing")
}

private func number(_ text: String) -> Int? {
    let digits = text.drop { $0 == "0" }
    guard !text.isEmpty, text.utf8.allSatisfy("0123456789".utf8.contains), digits.count < 6 else { return nil }
    return Int("0" + digits).flatMap { $0 < 65_536 ? $0 : nil }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    let text = String(decoding: input, as: UTF8.self)
    checkNames(text)
    checkTarget(Array(input), text)
    checkOrigin(text)
    checkAddresses(text)
    checkBytes(input)
    return 0
}
