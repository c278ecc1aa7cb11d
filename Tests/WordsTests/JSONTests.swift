import StrictJSON
import Testing

/// What RFC 8259 takes and refuses, and what we refuse beyond it.
@Suite struct JSONTests {
  @Test func aValueIsReadAsItStands() throws {
    let value = try JSONValue(
      parsing: #" {"a": [1, -2.5e3, true, false, null], "b": "\u00e9\n\ud83d\ude00"} "#)
    #expect(value["a"]?.array?.count == 5)
    #expect(value["a"]?.array?[1] == .number("-2.5e3"))
    #expect(value["b"]?.string == "é\n😀")
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "01", "1.", ".5", "+1", "1e", "\"\u{1}\"", "'a'", "tru", "nul",
    "[1 2]", "{\"a\" 1}", "{a:1}", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
    "\"open", "1 2", "\u{FEFF}1",
  ])
  func whatIsNoJSONIsRefused(_ text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func repeatedKeysAreRefused() {
    #expect(throws: JSONError.duplicateKey("a")) { try JSONValue(parsing: #"{"a":1,"a":2}"#) }
  }

  @Test func bytesThatAreNoUTF8AreRefused() {
    #expect(throws: JSONError.invalidUTF8(at: 1)) {
      try JSONValue(parsing: [UInt8(ascii: "\""), 0xFF, UInt8(ascii: "\"")])
    }
  }

  @Test func depthIsBounded() throws {
    let limit = JSONValue.depthLimit
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try JSONValue(parsing: nested(limit)) }
    #expect(throws: JSONError.tooDeep(limit: limit)) { try JSONValue(parsing: nested(limit + 1)) }
  }

  @Test func pythonsNumbersThatJSONHasNotAreTaken() throws {
    let value = try JSONValue(parsing: "[NaN, Infinity, -Infinity]")
    #expect(value.array == [.number("NaN"), .number("Infinity"), .number("-Infinity")])
  }

  @Test func canonicalTextSortsByBytesAndHasNoSpace() throws {
    let value = try JSONValue(parsing: #"{ "é": 1, "b" : [ ], "a": {"z":0.10,"y":"\/\u0007"} }"#)
    #expect(value.canonicalText == #"{"a":{"y":"/\u0007","z":0.10},"b":[],"é":1}"#)
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    let value: JSONValue = [
      "text": "quote \" backslash \\ tab \t nul \u{0} line \u{2028}", "numbers": [0, -1],
      "empty": [], "none": .null,
    ]
    #expect(try JSONValue(parsing: value.canonicalText) == value)
    #expect(try JSONValue(parsing: value.prettyText) == value)
  }
}
