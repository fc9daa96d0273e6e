/// A time as the Date field has it: `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110 §5.6.7).
enum HTTPDate {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let secondsPerDay: Int64 = 86_400
    /// The last second of the year 9999, the last that four digits can write.
    private static let latest: Int64 = 253_402_300_799

    /// - Parameter seconds: since 1970-01-01T00:00:00Z, leap seconds not counted; times before that and after the year
    ///   9999 are taken for the first and the last.
    static func text(secondsSince1970 seconds: Int64) -> String {
        let seconds = min(max(seconds, 0), latest)
        let (days, second) = (Int(seconds / secondsPerDay), Int(seconds % secondsPerDay))
        let (year, month, day) = date(ofDay: days)
        let time = [second / 3_600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
        return "\(weekdays[days % 7]), \(twoDigits(day)) \(months[month - 1]) \(year) \(time) GMT"
    }

    /// The date in the Gregorian calendar.
    ///
    /// Years are counted from March, so that a leap day is the last of its year; 400 of them are 146,097 days.
    private static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
        // 719,468 days before 1970 began the 1st of March of the year 0.
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // From March on, five months have 153 days, over and over.
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
