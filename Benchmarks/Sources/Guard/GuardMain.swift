/// `Guard NAME REPETITIONS` does one workload and prints the sum of its results; anything else names them all.
///
/// Its main is no async one, which would end the main thread: valgrind can't follow that.
@main
enum GuardMain {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let workload = Workload.all.first(where: { $0.name == arguments.first }),
            let repetitions = arguments.dropFirst().first.flatMap({ Int($0) })
        else {
            for workload in Workload.all { print(workload.name) }
            return
        }
        print(try workload.run(repetitions))
    }
}
