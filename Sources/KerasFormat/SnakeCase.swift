/// The names that Keras makes of classes: `multi_head_attention` of `MultiHeadAttention`.
///
/// Writer: `to_snake_case` in keras/src/utils/naming.py (keras-team/keras) and
/// tf_keras/src/utils/generic_utils.py (keras-team/tf-keras).
enum SnakeCase {
  /// The spellings of one class, Keras 3's first. They differ where digits follow a capital.
  static func spellings(of className: String) -> [String] {
    let word = className.filter { $0.isLetter || $0.isNumber || $0 == "_" }
    let spellings = [false, true].map { withDigits in
      splittingCases(splittingWords(Array(word), withDigits: withDigits)).lowercased()
    }
    return spellings[0] == spellings[1] ? [spellings[0]] : spellings
  }

  /// Puts `_` before a capital that small letters follow.
  private static func splittingWords(_ letters: [Character], withDigits: Bool) -> [Character] {
    func continuesWord(_ letter: Character) -> Bool {
      letter.isASCIISmall || withDigits && letter.isASCIIDigit
    }
    var words: [Character] = []
    var index = 0
    while index < letters.count {
      words.append(letters[index])
      var end = index + 2
      if end < letters.count, letters[index + 1].isASCIICapital, continuesWord(letters[end]) {
        while end < letters.count, continuesWord(letters[end]) { end += 1 }
        words.append("_")
        words += letters[(index + 1)..<end]
        index = end
      } else {
        index += 1
      }
    }
    return words
  }

  /// Puts `_` between a small letter and a capital.
  private static func splittingCases(_ letters: [Character]) -> String {
    var words = ""
    var previous: Character?
    for letter in letters {
      if letter.isASCIICapital, previous?.isASCIISmall == true { words.append("_") }
      words.append(letter)
      previous = letter
    }
    return words
  }
}

extension Character {
  fileprivate var isASCIICapital: Bool { ("A"..."Z").contains(self) }
  fileprivate var isASCIISmall: Bool { ("a"..."z").contains(self) }
}
