// Built with the sources it tests into one module by Scripts/fuzz.sh: SwiftPM can't link libFuzzer.

private typealias Outcome = Result<ClientCommand, ClientError>

private func command(_ json: String, textLimit: Int) -> Outcome {
    Result { () throws(ClientError) in try ClientCommand(json, textLimit: textLimit) }
}

/// What a text asks for, by what JSON it is; nil where parsers may differ (numbers that aren't written as whole ones).
private func expected(_ json: JSONReference, textLimit: Int) -> Result<ClientCommand, Refusal>? {
    guard let topic = json["topic"]?.text else { return .failure(Refusal(code: .badRequest)) }
    let data = json["data"] == .null ? nil : json["data"]
    let fields = data?.keys == nil ? nil : data
    var isMistyped = false
    var hasMistypedID = false
    func text(_ key: String) -> String? {
        guard let field = fields?[key], field != .null else { return nil }
        isMistyped = isMistyped || field.text == nil
        hasMistypedID = hasMistypedID || field.text == nil && key == "id"
        return field.text
    }
    func number(_ key: String) -> Int?? {
        guard let field = fields?[key], field != .null else { return .some(nil) }
        guard case .number(let digits) = field else {
            isMistyped = true
            return .some(nil)
        }
        guard let number = Int(digits), digits != "-0" else { return nil }
        return number
    }
    let (message, id, name) = (text("message"), text("id"), text("username"))
    guard let before = number("before"), let limit = number("limit") else { return nil }
    let isGood = id.map(isIdentifier) ?? true

    switch topic {
    case "ping": return .success(.ping)
    case "typing": return .success(.typing)
    case "send":
        guard let text = data?.text ?? message else {
            return .failure(Refusal(code: .badRequest, id: isGood ? id : nil))
        }
        if isMistyped || !isGood { return .failure(Refusal(code: .badRequest)) }
        if text.unicodeScalars.allSatisfy({ !NameCharacters.isVisible($0) }) {
            return .failure(Refusal(code: .badRequest, id: id))
        }
        if text.utf8.count > textLimit { return .failure(Refusal(code: .tooLarge, id: id)) }
        return .success(.send(text: text, id: id))
    case "rename":
        if hasMistypedID || !isGood { return .failure(Refusal(code: .badRequest)) }
        guard let name = (name ?? data?.text).flatMap(Member.validName) else {
            return .failure(Refusal(code: .badRequest, id: id))
        }
        return .success(.rename(name, id: id))
    case "history":
        if hasMistypedID || !isGood { return .failure(Refusal(code: .badRequest)) }
        if data != nil && fields == nil || isMistyped || (before ?? 1) < 1 || (limit ?? 1) < 1 {
            return .failure(Refusal(code: .badRequest, id: id))
        }
        return .success(.history(before: before, limit: min(100, limit ?? 50), id: id))
    default: return .failure(Refusal(code: .unknownTopic))
    }
}

/// A `ClientError` without its words.
private struct Refusal: Error, Equatable {
    var code: ClientError.Code
    var id: String?
}

private func isIdentifier(_ text: String) -> Bool {
    let allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
    return !text.isEmpty && text.utf8.count <= 64 && text.utf8.allSatisfy(allowed.utf8.contains)
}

private func check(_ json: String, textLimit: Int) {
    let outcome = command(json, textLimit: textLimit)
    demand(command(json, textLimit: textLimit) == outcome, "the second time it is another command")
    if let reference = JSONReference(Array(json.utf8)), let expected = expected(reference, textLimit: textLimit) {
        let plain = outcome.mapError { Refusal(code: $0.code, id: $0.id) }
        demand(plain == expected, "\(outcome), not \(expected)")
    }
    switch outcome {
    case .success(let command):
        check(command, textLimit: textLimit)
        demand(Outcome.success(command) == again(command, textLimit: textLimit), "said again it is another command")
    case .failure(let error):
        demand(error.id.map(isIdentifier) ?? true, "an id that is none goes back")
        demand(error.message.utf8.count < 200, "much of what was sent goes back: \(error.message.utf8.count) bytes")
        demand(error.retry == nil, "a command is wrong at any time")
        let answer = JSONReference(TopicJSON.error(error))
        demand(answer?["topic"]?.text == "error", "the answer is no JSON")
        demand(answer?["data"]?["code"]?.text == error.code.rawValue, "the answer has another code")
        demand(answer?["data"]?["message"]?.text == error.message, "the answer has other words")
        demand(answer?["data"]?["id"]?.text == error.id, "the answer has another id")
    }
}

private func check(_ command: ClientCommand, textLimit: Int) {
    demand(command.id.map(isIdentifier) ?? true, "an id is none")
    switch command {
    case .send(let text, _):
        demand(text.utf8.count <= textLimit, "a text is over the limit")
        demand(!text.allSatisfy(\.isWhitespace) && text.utf8.contains { $0 > 32 }, "a text is blank")
    case .rename(let name, _):
        demand((1...40).contains(name.count) && name.utf8.count <= 640, "a name is too long")
        demand(name.first?.isWhitespace == false && name.last?.isWhitespace == false, "a name isn't trimmed")
        let hidden: Set<Unicode.GeneralCategory> = [.control, .lineSeparator, .paragraphSeparator]
        demand(!name.unicodeScalars.contains { hidden.contains($0.properties.generalCategory) }, "a control character")
        demand(Member.validName(name).map { Array($0.utf8) } == Array(name.utf8), "a valid name changes")
    case .history(let before, let limit, _):
        demand((1...100).contains(limit) && (before ?? 1) >= 1, "a page of no size, or before the first message")
    case .typing, .ping: break
    }
}

/// The command, written as JSON and read again.
private func again(_ command: ClientCommand, textLimit: Int) -> Outcome {
    var json = JSONWriter()
    func field(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        json.raw(",")
        json.raw(name)
        json.string(text)
    }
    json.raw("{\"data\":{\"x\":{}")
    switch command {
    case .send(let text, let id):
        field("\"message\":", text)
        field("\"id\":", id)
        json.raw("},\"topic\":\"send\"}")
    case .rename(let name, let id):
        field("\"username\":", name)
        field("\"id\":", id)
        json.raw("},\"topic\":\"rename\"}")
    case .history(let before, let limit, let id):
        field("\"id\":", id)
        json.raw(",\"limit\":")
        json.number(limit)
        json.raw(",\"before\":")
        if let before { json.number(before) } else { json.raw("null") }
        json.raw("},\"topic\":\"history\"}")
    case .typing: json.raw("},\"topic\":\"typing\"}")
    case .ping: json.raw("},\"topic\":\"ping\"}")
    }
    return ClientCommandFuzzer.command(String(decoding: json.bytes, as: UTF8.self), textLimit: textLimit)
}

/// An input that begins with FF is a recipe for what is deep or long: a count, then a beginning, what is repeated and an
/// end, between bytes FE. No UTF-8 has these bytes.
private func text(_ input: UnsafeRawBufferPointer) -> String {
    guard input.first == 0xFF, input.count >= 3 else { return String(decoding: input, as: UTF8.self) }
    let parts = input[3...].split(separator: 0xFE, maxSplits: 2, omittingEmptySubsequences: false).map(Array.init)
    let middle = parts.count > 1 ? parts[1] : []
    let count = (Int(input[1]) << 8 | Int(input[2])) % (65_536 / max(1, middle.count))
    let bytes = parts[0] + (0..<count).flatMap { _ in middle } + (parts.count > 2 ? parts[2] : [])
    return String(decoding: bytes, as: UTF8.self)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let json = text(UnsafeRawBufferPointer(start: start, count: count))
    check(json, textLimit: 8_192)
    // So small that short inputs reach it.
    check(json, textLimit: 4)
    return 0
}
