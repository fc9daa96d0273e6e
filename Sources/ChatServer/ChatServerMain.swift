@main
enum ChatServerMain {
    static func main() async {}
}
