/// What an attachment came to.
package struct Attachment: Hashable, Sendable {
    package let member: Member
    package let generation: Int
    let epoch: String
    let rev: Int
}
