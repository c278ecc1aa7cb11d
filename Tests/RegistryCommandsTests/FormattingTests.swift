import Testing

@testable import RegistryCommands

@Suite struct FormattingTests {
  @Test(
    arguments: [
      (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (41_234, "41.2 kB"), (872_856, "873 kB"),
      (999_499, "999 kB"), (999_500, "1.00 MB"), (1_073_741_824, "1.07 GB"),
      (UInt64.max, "18.4 EB"),
    ] as [(UInt64, String)])
  func bytesAreReadAsPeopleReadThem(_ bytes: UInt64, _ text: String) {
    #expect(formatted(bytes: bytes) == text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567"), (-1000, "-1 000"),
  ])
  func thousandsStandApart(_ count: Int, _ text: String) {
    #expect(formatted(count: count) == text)
  }

  @Test func controlCharactersAreMadeVisible() {
    #expect(printable("a\u{1B}[31mb\nc\u{202E}d é 😀") == "a\\u{1b}[31mb\\u{a}c\\u{202e}d é 😀")
  }

  @Test func timesForProgramsAreRFC3339() {
    #expect(isoTime(1_700_000_000_000_000_000) == "2023-11-14T22:13:20Z")
  }

  @Test(
    arguments: [
      ("0", 0), ("90s", 90), ("30m", 1800), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600),
    ] as [(String, Int64)])
  func spansOfTimeAreRead(_ text: String, _ seconds: Int64) {
    #expect(TimeSpan(argument: text)?.nanoseconds == seconds * 1_000_000_000)
  }

  @Test(arguments: ["", "5", "h", "-1h", "1.5h", "1y", "9999999999999w"])
  func whatIsNoSpanIsRefused(_ text: String) {
    #expect(TimeSpan(argument: text) == nil)
  }

  @Test func columnsAreAsWideAsTheirWidestCell() {
    var table = TextTable(right: [1])
    table.add("a", "1", "x")
    table.add("long", "100", "y")
    #expect(table.lines(indent: "  ") == ["  a       1  x", "  long  100  y"])
  }
}
