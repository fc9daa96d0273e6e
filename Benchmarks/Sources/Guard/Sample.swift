/// The texts that the workloads send.
enum Sample {
    /// A chat's message, as browsers get it: ASCII alone.
    static let event =
        #"{"type":"message","room":"lobby","seq":4711,"from":"Ada","text":"Good morning! Has anybody seen the numbers?"}"#

    /// Characters of one, two, three and four bytes.
    static let unicode =
        #"{"type":"message","room":"café","text":"Zum Frühstück gibt es grünen Tee: 玄米茶 ☕️ und 🥐, wie jeden Morgen"}"#

    /// Several messages, which repeat each other enough to be compressed.
    static let history =
        #"{"type":"history","room":"lobby","messages":["#
        + #"{"seq":4711,"from":"Ada","text":"Good morning! Has anybody seen the numbers of last night?"},"#
        + #"{"seq":4712,"from":"Grace","text":"They are in the shared folder, beside those of last week."},"#
        + #"{"seq":4713,"from":"Linus","text":"And the numbers of the night before? I can't find them."},"#
        + #"{"seq":4714,"from":"Ada","text":"Give me a minute: I have seen them somewhere in that folder."},"#
        + #"{"seq":4715,"from":"Barbara","text":"Found: they stand in the folder of last week, with the others."}]}"#

    /// `history` as zlib compresses it, without the last four bytes (RFC 7692 §7.2.1).
    static let compressedHistory = bytes(
        hex: """
            74d04d4fc3300c06e0bf6272e152210d86907a99c68181c4911be2e02e6e13b1c41067946ada7fc7dd474b91b84472623d76de9d
            c9dd0799d2382f9953670a9398835e6cb8aafa3290083624a67cdd19a14f53ceef66b3c2d4e9d0b6b4a84d99beb3162b660b8153
            f4b1b9804714c0d8556c3b10a208d911c46da82809700d1b940cd1372e2fccbe18f1eb015f255cd3c8bf38ea0013813f5ae2b4b0
            50f3c6522aa022f196f4858506bf257abf9af03703ffece356467e19eddf150f65bfa1e235275ac013ac315e66a8fdb13b4cf1f9
            3fc1f82f824080107466a6521d877a77ce258070a0d6d1f977984fff9afab7837f8fa9c2f46bc6036fa32d7b4ce3cea8eb9d623a
            3a93440a687d768757d623894e79dbff00
            """)

    private static func bytes(hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
