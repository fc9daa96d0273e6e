/// A first and a last name for whoever gives none.
enum RandomName {
    private static let first = [
        "Ada", "Alan", "Amara", "Anton", "Aya", "Bela", "Björn", "Carmen", "Chen", "Clara", "Dara", "Diego", "Edith",
        "Elif", "Emil", "Fatima", "Felix", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jonas", "Kofi", "Lena", "Linus",
        "Maya", "Mira", "Nadia", "Noor", "Olga", "Otto", "Priya", "Rosa", "Sami", "Tara", "Tomás", "Uma", "Vera",
        "Yuki",
    ]
    private static let last = [
        "Acorn", "Alder", "Badger", "Beech", "Birch", "Brook", "Cedar", "Clover", "Crane", "Dale", "Dove", "Elm",
        "Falcon", "Fern", "Finch", "Fox", "Hare", "Hawthorn", "Hazel", "Heron", "Holly", "Ivy", "Juniper", "Kestrel",
        "Lark", "Linden", "Maple", "Marten", "Moss", "Oak", "Otter", "Owl", "Pine", "Robin", "Rowan", "Sparrow",
        "Swift", "Thorn", "Willow", "Wren",
    ]

    static func make() -> String { "\(first.randomElement() ?? "Ada") \(last.randomElement() ?? "Wren")" }
}
